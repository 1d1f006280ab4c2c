/**
 * What Python's SiglipTokenizer hands to SentencePiece: without upper case and punctuation, with single spaces.
 * The tokenizer.json of an export says nearly the same. The mark of a word's beginning comes first, so that a
 * space that a text begins with stays.
 */
export function canonicalText(text: string, { lowerCase }: { readonly lowerCase: boolean }): string {
  const marked = BEGINNING + text.replaceAll(BEGINNING, ' ');
  const lower = lowerCase ? marked.toLowerCase() : marked;
  return lower.replace(PUNCTUATION, '').replace(WHITE_SPACE, ' ').trim();
}

/** A tokenizer.json whose normalizer does no more than SentencePiece itself. */
export function withoutCanonicalSteps<Json extends { readonly normalizer?: unknown }>(json: Json): Json {
  const { normalizer } = json;
  const steps: unknown = isRecord(normalizer) && normalizer.type === 'Sequence' ? normalizer.normalizers : [normalizer];
  if (!Array.isArray(steps)) return json;
  const charsmap = steps.filter((step) => isRecord(step) && step.type === 'Precompiled');
  return { ...json, normalizer: { type: 'Sequence', normalizers: [...charsmap, ...WITHOUT_EXTRA_SPACES] } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const BEGINNING = '\u2581';

/** SentencePiece's remove_extra_whitespaces, after its charsmap. */
const WITHOUT_EXTRA_SPACES = [
  { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
  { type: 'Replace', pattern: { Regex: `[ ${BEGINNING}]+$` }, content: '' },
];

/** Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** Python's \s; JavaScript's differs in six characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
