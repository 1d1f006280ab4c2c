import type { Modality } from '../embedding-plugin.ts';

/** Asks the server: `undefined` for the body makes it a GET. @throws EmbeddingError */
export type Ask = (path: string, body?: object) => Promise<unknown>;

/** How one kind of server is asked. */
export interface Protocol {
  /** The models that it says it serves; null where it does not say. */
  models(ask: Ask): Promise<readonly string[] | null>;
  /**
   * One vector an input, in the order of the inputs.
   * @param inputs texts, or pictures as data URIs
   * @throws EmbeddingError final, where the answer is of another form
   */
  embed(ask: Ask, modality: Modality, inputs: readonly string[]): Promise<Float32Array[]>;
}
