import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Dataset } from '../core/dataset.ts';
import { NotFoundError, ValidationError } from '../core/errors.ts';
import { Library } from '../core/library.ts';
import { loadPlugins } from '../plugins/load-plugins.ts';
import { defaultModelFolders } from '../plugins/model-folders.ts';
import { PluginRegistry } from '../plugins/registry.ts';
import { type Config, readConfig } from './config.ts';

/** Flags that every command takes. */
export interface CommonFlags {
  readonly models?: string;
  readonly config?: string;
}

/** Flags of the commands that touch a library. */
export interface LibraryFlags extends CommonFlags {
  readonly library?: string;
  readonly media?: string;
}

/** The plugins, and the library where the command touches one, as the flags and the configuration say. */
export interface Workspace extends AsyncDisposable {
  readonly registry: PluginRegistry;
  readonly library: Library;
}

export async function openRegistry(flags: LibraryFlags): Promise<PluginRegistry> {
  return registryOf(flags, await readConfig(flags.config));
}

/** @throws ValidationError, NotFoundError */
export async function openWorkspace(flags: LibraryFlags): Promise<Workspace> {
  const config = await readConfig(flags.config);
  const path = flags.library ?? config.library;
  if (path === undefined) {
    throw ValidationError.at('library', 'Name the library, a folder of Pixano datasets, with --library DIR.');
  }
  const registry = await registryOf(flags, config);
  try {
    const library = await Library.open(path, { models: registry, mediaDir: flags.media ?? config.media });
    return { registry, library, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}

/** By Pixano's id, folder name or unique name, in this order. @throws NotFoundError, ValidationError */
export async function findDataset(library: Library, name: string): Promise<Dataset> {
  const dataset =
    (await library.find({ pixanoId: name })) ??
    (await library.find({ folder: name })) ??
    (await library.find({ name }));
  if (dataset !== null) return dataset;
  const [datasets, problems] = await Promise.all([library.datasets(), library.problems()]);
  const problem = problems.find(({ folder }) => folder === name);
  if (problem !== undefined) throw new NotFoundError(`The dataset "${name}" cannot be opened: ${problem.message}`);
  const folders = datasets.map(({ folder }) => folder).join(', ') || 'none';
  throw new NotFoundError(`There is no dataset "${name}" in ${library.path}; there are: ${folders}.`);
}

async function registryOf(flags: LibraryFlags, config: Config): Promise<PluginRegistry> {
  const threads = config.threads ?? availableParallelism();
  try {
    const plugins = await loadPlugins(config.plugins, config.folder);
    return new PluginRegistry({ plugins, context: { modelFolders: modelFolders(flags, config), threads } });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationError([{ path: ['plugins'], message }], { cause });
  }
}

/** The folder that is named, else the usual ones. */
function modelFolders(flags: LibraryFlags, config: Config): string[] {
  const named = flags.models ?? config.models;
  if (named !== undefined) return [resolve(named)];
  return defaultModelFolders(flags.library ?? config.library);
}
