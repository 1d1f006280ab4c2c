import type { EmbeddingModels } from './embedding-models.ts';
import type { RemoteMedia } from './remote-media.ts';
import type { ModelIds } from './sidecar.ts';

/** What a dataset is opened with. */
export interface DatasetOptions {
  readonly models: EmbeddingModels;
  /** Where relative picture addresses lead; `media` beside the library where it is left out. */
  readonly mediaDir?: string | undefined;
  /** Where Viewfinder keeps files of its own; `.viewfinder` in the library where it is left out. */
  readonly stateDir?: string | undefined;
  /** The hosts that pictures may be had from; none where it is left out. */
  readonly remoteMedia?: RemoteMedia | undefined;
  /** What each `model_id` of Pixano 0.8 stands for that is not a model folder's name, taken by `open-clip`. */
  readonly modelIds?: ModelIds | undefined;
  /** Rows from which an embedding table is searched by a vector index; 50,000 where it is left out. */
  readonly indexRows?: number | undefined;
  /** Milliseconds for which another program that writes to the dataset is waited for; 30 s where it is left out. */
  readonly patienceMs?: number | undefined;
  /** Pictures a call of a model, at most as many as it takes; measured where it is left out. */
  readonly batch?: number | undefined;
  /** CPU threads, where a person has chosen them for the models: then no others are tried out. */
  readonly threads?: number | undefined;
}
