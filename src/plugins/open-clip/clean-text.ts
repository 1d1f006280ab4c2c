import { fixText, unescapeHtml } from './ftfy/fix-text.ts';

/**
 * What is done to a text before it is cut into tokens: open_clip's names, `collapse` for its white space alone,
 * and `none`.
 */
export type Cleaning = 'lower' | 'canonicalize' | 'whitespace' | 'collapse' | 'none';

/** `_clean_lower`, `_clean_canonicalize` and `_clean_whitespace` of open_clip's tokenizer.py. */
export function cleanText(text: string, cleaning: Cleaning): string {
  if (cleaning === 'none') return text;
  if (cleaning === 'collapse') return collapse(text);
  const basic = unescapeHtml(unescapeHtml(fixText(text)));
  switch (cleaning) {
    case 'lower':
      return collapse(basic).toLowerCase();
    case 'whitespace':
      return collapse(basic);
    case 'canonicalize':
      return collapse(basic.replaceAll('_', ' ').replace(PUNCTUATION, '').toLowerCase());
  }
}

/** Python's `" ".join(text.split())`. */
function collapse(text: string): string {
  return text.split(WHITE_SPACE).filter(Boolean).join(' ');
}

/** What Python's str.split() splits at; JavaScript's \s differs in six characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
