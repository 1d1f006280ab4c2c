import { EmbeddingError } from '../embedding-plugin.ts';
import { HuggingFaceTokenizer } from '../tokenizers/hugging-face-tokenizer.ts';
import { canonicalText, withoutCanonicalSteps } from './canonical-text.ts';
import type { Tokens } from './encoder.ts';
import {
  type ModelConfig,
  readTokenizer,
  readTokenizerConfig,
  type TokenizerConfig,
  type TokenizerJson,
} from './model-config.ts';

/** What a text has at most where no file says it: exports leave out what has its default. */
const LONGEST: Readonly<Record<string, number>> = { siglip: 64, clip: 77 };
const LONGEST_OTHERWISE = 512;

/** Cuts texts into the tokens that Python's tokenizer of the same model gives. */
export class TextTokenizer {
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #layout: TokenLayout;

  private constructor(tokenizer: HuggingFaceTokenizer, layout: TokenLayout) {
    this.#tokenizer = tokenizer;
    this.#layout = layout;
  }

  /** @throws EmbeddingError MODEL_MISSING, MODEL_FAILED, final */
  static async open(folder: string, model: ModelConfig): Promise<TextTokenizer> {
    const [json, config] = await Promise.all([readTokenizer(folder), readTokenizerConfig(folder)]);
    try {
      const canonical = config.tokenizer_class?.startsWith('SiglipTokenizer') ?? false;
      const tokenizer = new HuggingFaceTokenizer(canonical ? withoutCanonicalSteps(json) : json, config);
      const lowerCase = config.do_lower_case ?? true;
      const longest = longestText(model, config);
      const { start, end } = tokenizer.frame;
      if (longest <= start.length + end.length) {
        throw new Error(`a text of ${longest} tokens has no room beside those that frame it`);
      }
      return new TextTokenizer(tokenizer, {
        cleaned: canonical ? (text) => canonicalText(text, { lowerCase }) : cleaningFor(json),
        longest,
        // SigLIP learned with texts of one length, and looks at the padding.
        alwaysLongest: model.model_type === 'siglip',
        padding: tokenizer.tokenId(config.pad_token) ?? tokenizer.tokenId(config.eos_token) ?? 0,
        padsLeft: (config.padding_side ?? defaultSide(config)) === 'left',
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new EmbeddingError('MODEL_FAILED', 'final', `The tokenizer of ${folder} cannot be used: ${reason}`, {
        cause,
      });
    }
  }

  /** All get the same length: the model's, or that of the longest of them. What is too long is cut before the end token. */
  encode(texts: readonly string[]): Tokens[] {
    const { longest, alwaysLongest } = this.#layout;
    const encoded = texts.map((text) => this.#tokens(text));
    const length = alwaysLongest ? longest : Math.max(...encoded.map((ids) => ids.length));
    return encoded.map((ids) => this.#pad(ids, length));
  }

  #tokens(text: string): number[] {
    const { cleaned, longest } = this.#layout;
    const { start, end } = this.#tokenizer.frame;
    const room = longest - start.length - end.length;
    const kept = this.#tokenizer.encode(cleaned(text), room);
    return [...start, ...kept, ...end];
  }

  #pad(ids: readonly number[], length: number): Tokens {
    const { padding, padsLeft } = this.#layout;
    const rest = Array<number>(length - ids.length).fill(padding);
    const none = rest.map(() => 0);
    const mask = ids.map(() => 1);
    return padsLeft
      ? { ids: [...rest, ...ids], mask: [...none, ...mask] }
      : { ids: [...ids, ...rest], mask: [...mask, ...none] };
  }
}

interface TokenLayout {
  cleaned(text: string): string;
  readonly longest: number;
  readonly alwaysLongest: boolean;
  readonly padding: number;
  readonly padsLeft: boolean;
}

/** The tokenizers' library in Rust takes letter by letter to lower case, and so knows no sigma at the end of a word. */
function cleaningFor({ normalizer }: TokenizerJson): (text: string) => string {
  const lowers = JSON.stringify(normalizer).includes('"Lowercase"');
  return (text) => (lowers ? text.replaceAll('\u03a3', '\u03c3') : text);
}

/** Where a tokenizer has no limit, its file names an absurd one. */
function longestText(
  { model_type, text_config }: ModelConfig,
  { model_max_length = Infinity }: TokenizerConfig,
): number {
  const positions = text_config?.max_position_embeddings ?? LONGEST[model_type] ?? LONGEST_OTHERWISE;
  return Math.min(positions, model_max_length);
}

/** Of the classes in Python, where their files do not say it. */
function defaultSide({ tokenizer_class = '' }: TokenizerConfig): 'left' | 'right' {
  return tokenizer_class.startsWith('Gemma') ? 'left' : 'right';
}
