/**
 * The TypeScript API: Pixano's datasets with the built-in plugins, and other people's, behind them.
 */
import { dirname, resolve } from 'node:path';
import { Dataset as CoreDataset } from './core/dataset.ts';
import { Library as CoreLibrary } from './core/library.ts';
import { RemoteMedia } from './core/remote-media.ts';
import type { ModelContext, ModelServer } from './plugins/embedding-plugin.ts';
import { defaultModelFolders } from './plugins/model-folders.ts';
import { openRegistry, type TimeLimits } from './plugins/open-registry.ts';
import type { PluginRegistry } from './plugins/registry.ts';

export type { EmbeddingProgress } from './core/embedding-pipeline.ts';
export type { EmbeddingTable } from './core/embedding-table.ts';
export { ConflictError, NotFoundError, PluginError, ValidationError, ViewfinderError } from './core/errors.ts';
export type { ItemFilter } from './core/filter/item-filter.ts';
export type { OrderBy } from './core/order/item-order.ts';
export { SchemaRelation } from './core/schema-relation.ts';
export type { SearchAnswer, SearchHit } from './core/search/search.ts';
export type { VerificationProgress, VerifyOptions } from './core/verification.ts';
export type { KeptVerification } from './core/verification-record.ts';
export { ViewEmbedding } from './core/view-embedding.ts';
export { definePlugin } from './plugins/embedding-plugin.ts';

export interface OpenOptions {
  /** Where relative picture addresses lead; `media` beside the library where it is left out. */
  readonly mediaDir?: string;
  /** Where Viewfinder keeps files of its own; `.viewfinder` in the library where it is left out. */
  readonly stateDir?: string;
  /** Hosts that views with remote addresses may be read from, such as `images.example.org`; none where it is left out. */
  readonly mediaHosts?: readonly string[];
  /** Rows from which an embedding table is searched by its vector index, where it has one; 50,000 where it is left out. */
  readonly indexRows?: number;
  /** Folder that holds one folder a model; `models` beside the library and the user's cache where it is left out. */
  readonly models?: string;
  /** Pictures of more pixels are refused; Pillow's limit, about 179 million, where it is left out. */
  readonly maxPixels?: number;
  /** Other people's plugins: npm packages, or files relative to the working folder. */
  readonly plugins?: readonly string[];
  /** The servers of models beyond this machine that may be asked; none where it is left out. */
  readonly modelServers?: readonly ModelServer[];
  /** Where models run: `auto`, a GPU where one can be used and else the CPU, where it is left out. */
  readonly device?: ModelContext['device'];
  /** Seconds that a model may take to load (300), and for one call (120), before its process is ended. */
  readonly timeLimits?: TimeLimits;
  /** Minutes without a call after which a model is unloaded (30); 0 keeps it loaded. The next call loads it anew. */
  readonly unloadAfter?: number;
}

/** One Pixano dataset, of either layout. */
export type Dataset = CoreDataset;
export const Dataset = {
  /** Opens a dataset's folder: the one with `info.json`. @throws DatasetUnreadableError */
  async open(path: string, options: OpenOptions = {}): Promise<Dataset> {
    const models = await registryOf(dirname(resolve(path)), options);
    return CoreDataset.open(path, { models, ...filesOf(options) });
  },
};

/** A folder of Pixano datasets. */
export type Library = CoreLibrary;
export const Library = {
  /** @throws NotFoundError where there is no such folder */
  async open(path: string, options: OpenOptions = {}): Promise<Library> {
    const models = await registryOf(resolve(path), options);
    return CoreLibrary.open(path, { models, ...filesOf(options) });
  },
};

function filesOf({ mediaDir, stateDir, mediaHosts = [], indexRows }: OpenOptions) {
  return { mediaDir, stateDir, indexRows, remoteMedia: new RemoteMedia(mediaHosts) };
}

const registries = new Map<string, Promise<PluginRegistry>>();

/** One registry for the same options, so that a model is loaded once; its processes end with this one. */
function registryOf(library: string, options: OpenOptions): Promise<PluginRegistry> {
  const { models, plugins = [], modelServers: servers, maxPixels, device, timeLimits, unloadAfter } = options;
  const modelFolders = models === undefined ? defaultModelFolders(library) : [resolve(models)];
  const settings = { plugins, base: process.cwd(), modelFolders, servers, maxPixels, device, timeLimits, unloadAfter };
  const key = JSON.stringify(settings);
  let registry = registries.get(key);
  if (registry === undefined) {
    registry = openRegistry(settings);
    registries.set(key, registry);
  }
  return registry;
}
