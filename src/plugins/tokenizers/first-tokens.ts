/** Longer than the pieces of any vocabulary; and how many more are cut, for the last of them to be right. */
const CHARACTERS_A_TOKEN = 64;
const MORE_TOKENS = 16;

/** What is behind this many characters, with too few tokens in them, is not looked at. */
const LONGEST_TEXT = 10_000;

/**
 * The first `limit` tokens of a text. To cut all of a long text takes seconds: where its beginning gives
 * enough of them, the rest changes nothing.
 */
export function firstTokens(text: string, limit: number, encode: (part: string) => number[]): number[] {
  const whole = Math.min(text.length, LONGEST_TEXT);
  for (let length = CHARACTERS_A_TOKEN * (limit + MORE_TOKENS); ; length *= 8) {
    const tokens = encode(text.slice(0, Math.min(length, whole)).toWellFormed());
    if (tokens.length > limit || length >= whole) return tokens.slice(0, limit);
  }
}
