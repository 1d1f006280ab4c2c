import type { Cleaning } from './clean-text.ts';

/** What a model's files say of how its texts become tokens, beside the tokenizer itself. */
export interface TokenRules {
  /** Every text becomes so many tokens; null: as many as the tokenizer's own file says. */
  readonly contextLength: number | null;
  /** Undefined: as the tokenizer's kind wants it. */
  readonly cleaning: Cleaning | undefined;
  /** Whether it is a tokenizer of Hugging Face, and never open_clip's own. */
  readonly foreign: boolean;
  /** Whether the separator becomes 0 wherever it stands. */
  readonly stripSeparator: boolean;
  /** The token that stands for the language, in place of the tokenizer's own. */
  readonly language: string | undefined;
}
