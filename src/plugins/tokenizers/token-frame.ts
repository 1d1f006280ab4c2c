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

/** As the set_src_lang_special_tokens of Hugging Face's NLLB tokenizer: another language in the place of its own. */
export function inLanguage(frame: TokenFrame, tokenizer: Vocabulary, language: string): TokenFrame {
  const token = tokenizer.tokenId(language);
  const isLanguage = (id: number) => LANGUAGE.test(tokenizer.tokenOf(id) ?? '');
  if (token === undefined || !isLanguage(token)) throw new Error(`it knows no language "${language}"`);
  if (![...frame.start, ...frame.end].some(isLanguage)) throw new Error('its texts are in no language of their own');
  const replace = (ids: readonly number[]) => ids.map((id) => (isLanguage(id) ? token : id));
  return { start: replace(frame.start), end: replace(frame.end) };
}

interface Vocabulary {
  tokenId(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
}

/** A language and its script, as FLORES-200 names them. */
const LANGUAGE = /^[a-z]{3}_[A-Z][a-z]{3}$/;
