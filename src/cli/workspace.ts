import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Dataset } from '../core/dataset.ts';
import { NotFoundError, ValidationError } from '../core/errors.ts';
import { Library } from '../core/library.ts';
import { RemoteMedia } from '../core/remote-media.ts';
import { defaultModelFolders } from '../plugins/model-folders.ts';
import { openRegistry } from '../plugins/open-registry.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { type Config, readConfig } from './config.ts';

/** Flags that every command takes. */
export interface CommonFlags {
  readonly models?: string;
  readonly config?: string;
  readonly device?: Config['device'];
}

/** Flags of the commands that touch a library. */
export interface LibraryFlags extends CommonFlags {
  readonly library?: string;
  readonly media?: string;
  readonly state?: string;
  readonly allowMediaHost?: readonly string[];
  readonly busyTimeout?: number;
}

/** The plugins, and the library where the command touches one, as the flags and the configuration say. */
export interface Workspace extends AsyncDisposable {
  readonly registry: PluginRegistry;
  readonly library: Library;
  readonly config: Config;
}

export async function openPlugins(flags: LibraryFlags): Promise<PluginRegistry> {
  return registryOf(flags, await readConfig(flags.config));
}

/** @throws ValidationError, NotFoundError */
export async function openWorkspace(flags: LibraryFlags): Promise<Workspace> {
  const config = await readConfig(flags.config);
  const path = libraryPath(flags, config);
  const mediaDir = await namedFolder('media', flags.media ?? config.media);
  const remoteMedia = new RemoteMedia([...config.mediaHosts, ...(flags.allowMediaHost ?? [])]);
  const busyTimeout = flags.busyTimeout ?? config.busyTimeout;
  const patienceMs = busyTimeout === undefined ? undefined : busyTimeout * 1000;
  const registry = await registryOf(flags, config);
  try {
    const stateDir = flags.state ?? config.state;
    const library = await Library.open(path, {
      models: registry,
      mediaDir,
      stateDir,
      remoteMedia,
      modelIds: config.modelIds,
      indexRows: config.indexRows,
      patienceMs,
      batch: config.batch,
    });
    return { registry, library, config, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}

/** Of the library that the flags or the configuration name. @throws ValidationError */
export function libraryPath(flags: LibraryFlags, config: Config): string {
  const path = flags.library ?? config.library;
  if (path !== undefined) return path;
  throw ValidationError.at('library', 'Name the library, a folder of Pixano datasets, with --library DIR.');
}

/** By Pixano's id, folder name or unique name, in this order. @throws NotFoundError, ValidationError */
export async function findDataset(library: Library, name: string): Promise<Dataset> {
  const dataset =
    (await findById(library, name)) ?? (await library.find({ folder: name })) ?? (await library.find({ name }));
  if (dataset !== null) return dataset;
  const [datasets, problems] = await Promise.all([library.datasets(), library.problems()]);
  const problem = problems.find(({ folder }) => folder === name);
  if (problem !== undefined) throw new NotFoundError(`The dataset "${name}" cannot be opened: ${problem.message}`);
  const folders = datasets.map(({ folder }) => folder).join(', ') || 'none';
  throw new NotFoundError(`There is no dataset "${name}" in ${library.path}; there are: ${folders}.`);
}

/** A copied folder has the id of the first, which may be a folder's name too: then the folder is meant. */
async function findById(library: Library, id: string): Promise<Dataset | null> {
  try {
    return await library.find({ pixanoId: id });
  } catch (ambiguous) {
    const dataset = await library.find({ folder: id });
    if (dataset === null) throw ambiguous;
    return dataset;
  }
}

/** A folder that a flag or the configuration names, and that must be there. @throws ValidationError */
export async function namedFolder(flag: 'media' | 'models', named: string | undefined): Promise<string | undefined> {
  if (named === undefined) return undefined;
  const path = resolve(named);
  if ((await stat(path).catch(() => null))?.isDirectory()) return path;
  throw ValidationError.at(flag, `There is no ${flag} folder ${path}: name one that is there with --${flag} DIR.`);
}

async function registryOf(flags: LibraryFlags, config: Config): Promise<PluginRegistry> {
  const named = await namedFolder('models', flags.models ?? config.models);
  const modelFolders = named === undefined ? defaultModelFolders(flags.library ?? config.library) : [named];
  const { plugins, folder: base, threads, timeLimits, unloadAfter, maxPixels, modelServers: servers } = config;
  const device = flags.device ?? config.device;
  try {
    return await openRegistry({
      plugins,
      base,
      modelFolders,
      threads,
      timeLimits,
      unloadAfter,
      maxPixels,
      device,
      servers,
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationError([{ path: ['plugins'], message }], { cause });
  }
}
