import { Tokenizer } from '@huggingface/tokenizers';
import { EmbeddingError } from '../embedding-plugin.ts';
import { type Cleaning, cleanText } from './clean-text.ts';
import { type ModelConfig, readTokenizer, readTokenizerConfig } from './model-config.ts';

/** Cuts texts into the tokens that open_clip's tokenizer of the same model gives. */
export class ClipTokenizer {
  /** Every text becomes so many tokens. */
  readonly contextLength: number;
  readonly #tokenizer: Tokenizer;
  readonly #cleaning: Cleaning;
  /** What the tokenizer sets before and after the tokens of each text. */
  readonly #start: readonly number[];
  readonly #end: readonly number[];
  readonly #padding: number;
  /** Set to 0 wherever it stands, where the model wants that. */
  readonly #separator: number | undefined;

  constructor(tokenizer: Tokenizer, layout: TokenLayout) {
    this.contextLength = layout.contextLength;
    this.#tokenizer = tokenizer;
    this.#cleaning = layout.cleaning;
    this.#padding = layout.padding;
    this.#separator = layout.separator;
    const sample = 'a';
    const bare = tokenizer.encode(sample, { add_special_tokens: false }).ids;
    const framed = tokenizer.encode(sample).ids;
    const first = framed.indexOf(bare[0] ?? -1);
    this.#start = framed.slice(0, first);
    this.#end = framed.slice(first + bare.length);
  }

  /** @throws EmbeddingError MODEL_FAILED, final */
  static async open(folder: string, config: ModelConfig): Promise<ClipTokenizer> {
    const [json, tokenizerConfig] = await Promise.all([readTokenizer(folder), readTokenizerConfig(folder)]);
    let tokenizer: Tokenizer;
    try {
      tokenizer = new Tokenizer(json, tokenizerConfig);
    } catch (cause) {
      const message = `The tokenizer of ${folder} cannot be used: ${String(cause)}`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message, { cause });
    }
    // open_clip has its own tokenizer, which pads with 0, and for other models one of Hugging Face.
    const foreign = config.text_cfg?.hf_tokenizer_name != null;
    const kwargs = config.text_cfg?.tokenizer_kwargs;
    const idOf = (token: string | null | undefined) => (token == null ? undefined : tokenizer.token_to_id(token));
    return new ClipTokenizer(tokenizer, {
      contextLength: config.text_cfg?.context_length ?? 77,
      cleaning: kwargs?.clean ?? (foreign ? 'whitespace' : 'lower'),
      padding: foreign ? (idOf(tokenizerConfig.pad_token) ?? 0) : 0,
      separator: kwargs?.strip_sep_token ? idOf(tokenizerConfig.sep_token) : undefined,
    });
  }

  /** `contextLength` tokens; what is too long is cut before the end token. */
  encode(text: string): Int32Array {
    const { ids } = this.#tokenizer.encode(cleanText(text, this.#cleaning), { add_special_tokens: false });
    const kept = ids.slice(0, this.contextLength - this.#start.length - this.#end.length);
    const tokens = new Int32Array(this.contextLength).fill(this.#padding);
    tokens.set([...this.#start, ...kept, ...this.#end]);
    return this.#separator === undefined ? tokens : tokens.map((token) => (token === this.#separator ? 0 : token));
  }
}

interface TokenLayout {
  readonly contextLength: number;
  readonly cleaning: Cleaning;
  readonly padding: number;
  readonly separator: number | undefined;
}
