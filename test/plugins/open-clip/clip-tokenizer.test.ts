import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ClipTokenizer } from '../../../src/plugins/open-clip/clip-tokenizer.ts';
import type { TokenRules } from '../../../src/plugins/open-clip/token-rules.ts';

const fixture = (path: string) => fileURLToPath(new URL(`../../fixtures/${path}`, import.meta.url));
const tokens = z.array(z.int());

/** Texts and their tokens, less the padding, as test/fixtures/golden/tokens/make_tokens.py recorded them. */
async function golden<Shape extends z.ZodRawShape>(file: string, cleanings: Shape) {
  const rows = z.array(z.object({ text: z.string(), times: z.int().default(1) }).extend(cleanings));
  return rows.parse(JSON.parse(await readFile(fixture(`golden/tokens/${file}`), 'utf8')));
}

/** A long text is named by its beginning. */
function nameOf({ text, times }: { text: string; times: number }): string {
  return times === 1 ? text : `${text} ${times} times`;
}

function padded(recorded: readonly number[], length: number, padding: number): number[] {
  return [...recorded, ...Array<number>(length - recorded.length).fill(padding)];
}

const CLIP = fixture('models/pixano-tiny-clip/textual');
const SIGLIP = fixture('golden/tokens/siglip/textual');
const RULES: TokenRules = {
  contextLength: 77,
  cleaning: undefined,
  foreign: false,
  stripSeparator: false,
  language: undefined,
};

describe("open_clip's SimpleTokenizer and this one give the same tokens", async () => {
  const rows = await golden('clip.json', { lower: tokens, canonicalize: tokens });
  const asItIs = await ClipTokenizer.open(CLIP, RULES);
  const canonicalizing = await ClipTokenizer.open(CLIP, { ...RULES, cleaning: 'canonicalize' });

  test.each(rows.map((row) => ({ ...row, name: nameOf(row) })))('for %$ $name', ({ text, times, ...recorded }) => {
    const long = text.repeat(times);
    expect(Array.from(asItIs.encode(long).ids)).toEqual(padded(recorded.lower, 77, 0));
    expect(Array.from(canonicalizing.encode(long).ids)).toEqual(padded(recorded.canonicalize, 77, 0));
  });
});

describe("open_clip's HFTokenizer and this one give the same tokens with a tokenizer like SigLIP's", async () => {
  const rows = await golden('siglip.json', { canonicalize: tokens, whitespace: tokens });
  const rules = { ...RULES, contextLength: 64, foreign: true };
  const canonicalizing = await ClipTokenizer.open(SIGLIP, { ...rules, cleaning: 'canonicalize' });
  const asItIs = await ClipTokenizer.open(SIGLIP, rules);

  test.each(rows.map((row) => ({ ...row, name: nameOf(row) })))('for %$ $name', ({ text, times, ...recorded }) => {
    const long = text.repeat(times);
    expect(Array.from(canonicalizing.encode(long).ids)).toEqual(padded(recorded.canonicalize, 64, 1));
    expect(Array.from(asItIs.encode(long).ids)).toEqual(padded(recorded.whitespace, 64, 1));
  });
});
