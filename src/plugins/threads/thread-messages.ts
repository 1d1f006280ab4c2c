import type { EmbeddingErrorCode, Fault } from '../embedding-plugin.ts';

/** Each request gets one answer of the same id, in their order. */
export type ToThread<Request> =
  | { readonly kind: 'request'; readonly id: number; readonly request: Request }
  /** Aborts this request's signal. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** Ends the thread when all is answered. */
  | { readonly kind: 'end' };

export type FromThread<Answer> =
  | { readonly id: number; readonly value: Answer }
  | {
      readonly id: number;
      readonly error: { readonly code: EmbeddingErrorCode; readonly fault: Fault; readonly message: string };
    };
