import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ClipTokenizer } from '../../../src/plugins/open-clip/clip-tokenizer.ts';
import { type ModelConfig, readModelConfig } from '../../../src/plugins/open-clip/model-config.ts';

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

const CLIP = fixture('models/pixano-tiny-clip');
const SIGLIP = fixture('golden/tokens/siglip');

describe("open_clip's SimpleTokenizer and this one give the same tokens", async () => {
  const rows = await golden('clip.json', { lower: tokens, canonicalize: tokens });
  const config = await readModelConfig(CLIP);
  const canonical: ModelConfig = {
    ...config,
    text_cfg: { context_length: 77, tokenizer_kwargs: { clean: 'canonicalize', strip_sep_token: false } },
  };
  const asItIs = await ClipTokenizer.open(CLIP, config);
  const canonicalizing = await ClipTokenizer.open(CLIP, canonical);

  test.each(rows.map((row) => ({ ...row, name: nameOf(row) })))('for %$ $name', ({ text, times, ...recorded }) => {
    const long = text.repeat(times);
    expect(Array.from(asItIs.encode(long))).toEqual(padded(recorded.lower, 77, 0));
    expect(Array.from(canonicalizing.encode(long))).toEqual(padded(recorded.canonicalize, 77, 0));
  });
});

describe("open_clip's HFTokenizer and this one give the same tokens with a tokenizer like SigLIP's", async () => {
  const rows = await golden('siglip.json', { canonicalize: tokens, whitespace: tokens });
  const open = (clean?: 'canonicalize') =>
    ClipTokenizer.open(SIGLIP, {
      embed_dim: 1,
      text_cfg: {
        context_length: 64,
        hf_tokenizer_name: 'siglip',
        tokenizer_kwargs: clean && { clean, strip_sep_token: false },
      },
    });
  const canonicalizing = await open('canonicalize');
  const asItIs = await open();

  test.each(rows.map((row) => ({ ...row, name: nameOf(row) })))('for %$ $name', ({ text, times, ...recorded }) => {
    const long = text.repeat(times);
    expect(Array.from(canonicalizing.encode(long))).toEqual(padded(recorded.canonicalize, 64, 1));
    expect(Array.from(asItIs.encode(long))).toEqual(padded(recorded.whitespace, 64, 1));
  });
});
