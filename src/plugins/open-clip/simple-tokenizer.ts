import { Tokenizer } from '@huggingface/tokenizers';
import { firstTokens } from '../tokenizers/first-tokens.ts';
import { frameOf, type TokenFrame } from '../tokenizers/token-frame.ts';

/**
 * open_clip's SimpleTokenizer (3.3), for the byte pairs of OpenAI's CLIP. The tokenizer.json of such a model
 * says nearly the same, but composes and lower-cases anew what has been cleaned, splits some words otherwise,
 * and knows its special tokens by other names.
 */
export class SimpleTokenizer {
  readonly frame: TokenFrame;
  readonly #bytePairs: Tokenizer;
  readonly #special: ReadonlyMap<string, readonly number[]>;

  /** @param json tokenizer.json, of which the byte pairs are taken, and what stands around a text */
  constructor(json: object) {
    const preTokenizer = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
    this.#bytePairs = new Tokenizer({ ...json, normalizer: null, pre_tokenizer: preTokenizer, added_tokens: [] }, {});
    this.frame = frameOf(this.#bytePairs);
    this.#special = new Map([
      ['<start_of_text>', this.frame.start],
      ['<end_of_text>', this.frame.end],
    ]);
  }

  tokenId(token: string | null | undefined): number | undefined {
    return token == null ? undefined : this.#bytePairs.token_to_id(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#bytePairs.id_to_token(id);
  }

  /** The first `limit` tokens of a text that was cleaned. */
  encode(text: string, limit: number): number[] {
    const tokens: number[] = [];
    for (const [word] of text.replaceAll(IOTA_BELOW, ' ').matchAll(WORDS)) {
      const room = limit - tokens.length;
      if (room <= 0) break;
      tokens.push(...(this.#special.get(word) ?? this.#cut(word, room)));
    }
    return tokens;
  }

  #cut(word: string, limit: number): number[] {
    return firstTokens(word, limit, (part) => this.#bytePairs.encode(part, { add_special_tokens: false }).ids);
  }
}

/** SimpleTokenizer's pattern. White space is a space: cleaning left no other. */
const WORDS = /(?i:<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d)|\p{L}+|\p{N}|[^ \p{L}\p{N}]+/gu;

/** There the pattern as a whole ignores case, which leaves out the one mark whose capital is a letter. */
const IOTA_BELOW = '\u0345';
