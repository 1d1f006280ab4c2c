import { EmbeddingError } from '../embedding-plugin.ts';
import { type Cleaning, cleanText } from './clean-text.ts';
import { HuggingFaceTokenizer } from './hugging-face-tokenizer.ts';
import { type ModelConfig, readTokenizer, readTokenizerConfig } from './model-config.ts';
import { SimpleTokenizer } from './simple-tokenizer.ts';

/**
 * Cuts texts into the tokens that open_clip's tokenizer of the same model gives. Only what Unicode says of
 * characters that were added since the version that Python has comes out otherwise.
 */
export class ClipTokenizer {
  /** Every text becomes so many tokens. */
  readonly contextLength: number;
  readonly #tokenizer: SimpleTokenizer | HuggingFaceTokenizer;
  readonly #layout: TokenLayout;

  constructor(tokenizer: SimpleTokenizer | HuggingFaceTokenizer, layout: TokenLayout) {
    this.contextLength = layout.contextLength;
    this.#tokenizer = tokenizer;
    this.#layout = layout;
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open(folder: string, config: ModelConfig): Promise<ClipTokenizer> {
    const [json, tokenizerConfig] = await Promise.all([readTokenizer(folder), readTokenizerConfig(folder)]);
    // open_clip has its own tokenizer, which pads with 0, and for other models one of Hugging Face.
    const foreign = config.text_cfg?.hf_tokenizer_name != null;
    const kwargs = config.text_cfg?.tokenizer_kwargs;
    try {
      const own = !foreign && json.model.end_of_word_suffix === '</w>';
      const tokenizer = own ? new SimpleTokenizer(json) : new HuggingFaceTokenizer(json, tokenizerConfig);
      return new ClipTokenizer(tokenizer, {
        contextLength: config.text_cfg?.context_length ?? 77,
        cleaning: kwargs?.clean ?? (foreign ? 'whitespace' : 'lower'),
        padding: foreign ? (tokenizer.tokenId(tokenizerConfig.pad_token) ?? 0) : 0,
        separator: kwargs?.strip_sep_token ? tokenizer.tokenId(tokenizerConfig.sep_token) : undefined,
      });
    } catch (cause) {
      const message = `The tokenizer of ${folder} cannot be used: ${String(cause)}`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message, { cause });
    }
  }

  /** `contextLength` tokens; what is too long is cut before the end token. */
  encode(text: string): Int32Array {
    const { cleaning, padding, separator } = this.#layout;
    const { start, end } = this.#tokenizer.frame;
    const room = this.contextLength - start.length - end.length;
    const kept = this.#tokenizer.encode(cleanText(text, cleaning), room);
    const tokens = new Int32Array(this.contextLength).fill(padding);
    tokens.set([...start, ...kept, ...end]);
    return separator === undefined ? tokens : tokens.map((token) => (token === separator ? 0 : token));
  }
}

interface TokenLayout {
  readonly contextLength: number;
  readonly cleaning: Cleaning;
  readonly padding: number;
  /** Set to 0 wherever it stands, where the model wants that. */
  readonly separator: number | undefined;
}
