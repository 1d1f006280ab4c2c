import type { Tokenizer } from '@huggingface/tokenizers';

/** What a tokenizer sets before and after the tokens of each text. */
export interface TokenFrame {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

export function frameOf(tokenizer: Tokenizer): TokenFrame {
  const sample = 'a';
  const bare = tokenizer.encode(sample, { add_special_tokens: false }).ids;
  const framed = tokenizer.encode(sample).ids;
  const first = framed.indexOf(bare[0] ?? -1);
  return { start: framed.slice(0, first), end: framed.slice(first + bare.length) };
}
