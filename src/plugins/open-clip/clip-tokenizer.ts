import { EmbeddingError } from '../embedding-plugin.ts';
import { HuggingFaceTokenizer } from '../tokenizers/hugging-face-tokenizer.ts';
import { inLanguage, type TokenFrame } from '../tokenizers/token-frame.ts';
import { type Cleaning, cleanText } from './clean-text.ts';
import { readTokenizer, readTokenizerConfig, type TokenizerConfig } from './model-config.ts';
import { SimpleTokenizer } from './simple-tokenizer.ts';
import type { TokenRules } from './token-rules.ts';
import type { Tokens } from './tower.ts';

/**
 * Cuts texts into the tokens that open_clip's tokenizer of the same model gives. Only what Unicode says of
 * characters that were added since the version that Python has comes out otherwise.
 */
export class ClipTokenizer {
  /** Every text becomes so many tokens. */
  readonly contextLength: number;
  readonly #tokenizer: SimpleTokenizer | HuggingFaceTokenizer;
  readonly #layout: TokenLayout;

  /** @throws Error where a text has no room for a token of its own */
  constructor(tokenizer: SimpleTokenizer | HuggingFaceTokenizer, layout: TokenLayout) {
    const { contextLength, frame } = layout;
    if (contextLength <= frame.start.length + frame.end.length) {
      throw new Error(`a text of ${contextLength} tokens has no room beside those that frame it`);
    }
    this.contextLength = layout.contextLength;
    this.#tokenizer = tokenizer;
    this.#layout = layout;
  }

  /**
   * @param folder of the text tower
   * @throws EmbeddingError MODEL_MISSING, MODEL_FAILED, final
   */
  static async open(folder: string, rules: TokenRules): Promise<ClipTokenizer> {
    const [json, config] = await Promise.all([readTokenizer(folder), readTokenizerConfig(folder)]);
    try {
      // open_clip has its own tokenizer, which pads with 0, and for other models one of Hugging Face.
      const own = !rules.foreign && json.model.end_of_word_suffix === '</w>';
      const tokenizer = own ? new SimpleTokenizer(json) : new HuggingFaceTokenizer(json, config);
      const { frame } = tokenizer;
      return new ClipTokenizer(tokenizer, {
        frame: rules.language === undefined ? frame : inLanguage(frame, tokenizer, rules.language),
        contextLength: rules.contextLength ?? longestText(config),
        // Folders without the name of a tokenizer are of M-CLIP, which knows no cleaning.
        cleaning: rules.cleaning ?? (own ? 'lower' : rules.foreign ? 'whitespace' : 'collapse'),
        padding: own ? 0 : (tokenizer.tokenId(config.pad_token) ?? 0),
        separator: rules.stripSeparator ? tokenizer.tokenId(config.sep_token) : undefined,
      });
    } catch (cause) {
      const message = `The tokenizer of ${folder} cannot be used: ${cause instanceof Error ? cause.message : cause}`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message, { cause });
    }
  }

  /** `contextLength` tokens; what is too long is cut before the end token. */
  encode(text: string): Tokens {
    const { cleaning, padding, separator, frame } = this.#layout;
    const room = this.contextLength - frame.start.length - frame.end.length;
    const kept = this.#tokenizer.encode(cleanText(text, cleaning), room);
    const tokens = [...frame.start, ...kept, ...frame.end];
    const ids = new Int32Array(this.contextLength).fill(padding);
    ids.set(tokens);
    const stripped = separator === undefined ? ids : ids.map((token) => (token === separator ? 0 : token));
    return { ids: stripped, length: tokens.length };
  }
}

interface TokenLayout {
  readonly frame: TokenFrame;
  readonly contextLength: number;
  readonly cleaning: Cleaning;
  readonly padding: number;
  /** Set to 0 wherever it stands, where the model wants that. */
  readonly separator: number | undefined;
}

function longestText({ model_max_length }: TokenizerConfig): number {
  if (model_max_length != null && Number.isSafeInteger(model_max_length)) return model_max_length;
  throw new Error('tokenizer_config.json names no model_max_length');
}
