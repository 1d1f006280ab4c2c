import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { Charsmap } from './charsmap.ts';
import { firstTokens } from './first-tokens.ts';
import { frameOf, type TokenFrame } from './token-frame.ts';

const normalizer = z.looseObject({ type: z.string() });
const precompiled = z.object({
  type: z.literal('Precompiled'),
  precompiled_charsmap: z.base64().transform((text) => Buffer.from(text, 'base64')),
});
const sequence = z.object({ type: z.literal('Sequence'), normalizers: z.array(normalizer) });

/** A tokenizer of Hugging Face, whose tokenizer.json says all. */
export class HuggingFaceTokenizer {
  readonly frame: TokenFrame;
  readonly #tokenizer: Tokenizer;
  readonly #charsmap: Charsmap | undefined;

  constructor(json: { readonly normalizer?: unknown }, config: object) {
    // The library's own reading of a charsmap is an approximation.
    const steps = sequence.safeParse(json.normalizer).data?.normalizers ?? [json.normalizer];
    const charsmap = precompiled.safeParse(steps[0]).data?.precompiled_charsmap;
    this.#charsmap = charsmap && new Charsmap(charsmap);
    const rest = { type: 'Sequence', normalizers: steps.slice(1) };
    this.#tokenizer = new Tokenizer(charsmap ? { ...json, normalizer: rest } : json, config);
    this.frame = frameOf(this.#tokenizer);
  }

  tokenId(token: string | null | undefined): number | undefined {
    return token == null ? undefined : this.#tokenizer.token_to_id(token);
  }

  tokenOf(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  /** The first `limit` tokens of a text, without those that frame it. */
  encode(text: string, limit: number): number[] {
    return firstTokens(text, limit, (part) => {
      const normalized = this.#charsmap?.apply(part) ?? part;
      return this.#tokenizer.encode(normalized, { add_special_tokens: false }).ids;
    });
  }
}
