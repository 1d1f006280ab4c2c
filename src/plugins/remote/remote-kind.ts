import type { EmbeddingModel } from '../embedding-plugin.ts';
import type { Protocol } from './protocol.ts';
import type { ServerKind } from './server-choice.ts';
import type { ServerOptions } from './server-options.ts';

/** What the options of every kind of server have. */
export type RemoteOptions = ServerOptions & { readonly dimensions?: number | undefined };

/** In what the kinds of servers differ. */
export interface RemoteKind<Options extends RemoteOptions> extends ServerKind {
  /** The header that carries the key, and what stands before it there. */
  readonly keyHeader: readonly [name: string, prefix: string];
  protocol(options: Options): Protocol;
  batch(options: Options): EmbeddingModel['maxBatch'];
}
