import type { EmbeddingErrorCode, Fault, ModelContext } from './embedding-plugin.ts';

/** What the server asks of a model's process. Each request but `cancel` gets one answer of the same id. */
export type ModelRequest =
  | LoadRequest
  | CallRequest
  /** Stops these calls, and releases what they prepared. */
  | { readonly kind: 'cancel'; readonly ids: readonly number[] }
  /** Disposes of the model and exits; the exit is the answer. */
  | { readonly kind: 'end' };

export interface LoadRequest {
  readonly kind: 'load';
  readonly id: number;
  /** URL of the plugin's module. */
  readonly module: string;
  readonly options: unknown;
  readonly context: ModelContext;
}

export type CallRequest =
  | { readonly kind: 'prepareImage'; readonly id: number; readonly bytes: Uint8Array }
  /** An image is named by the id of the request that prepared it. */
  | { readonly kind: 'embedImages'; readonly id: number; readonly images: readonly number[] }
  | { readonly kind: 'embedTexts'; readonly id: number; readonly texts: readonly string[] };

export type ModelAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ModelErrorData };

/** An EmbeddingError on its way between processes. */
export interface ModelErrorData {
  readonly code: EmbeddingErrorCode;
  readonly fault: Fault;
  readonly message: string;
}
