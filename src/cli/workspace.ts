import { stat } from 'node:fs/promises';
import type { Dataset } from '../core/dataset.ts';
import { NotFoundError, ValidationError } from '../core/errors.ts';
import { Library } from '../core/library.ts';
import { RemoteMedia } from '../core/remote-media.ts';
import { defaultModelFolders } from '../plugins/model-folders.ts';
import { openRegistry } from '../plugins/open-registry.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { type Config, type ConfigFlags, type Configuration, readConfig } from './config.ts';

/** The plugins, and the library where the command touches one, as the configuration says. */
export interface Workspace extends AsyncDisposable {
  readonly registry: PluginRegistry;
  readonly library: Library;
  readonly config: Config;
}

export async function openPlugins(flags: ConfigFlags): Promise<PluginRegistry> {
  return registryOf(await readConfig(flags));
}

/** @throws ValidationError, NotFoundError */
export async function openWorkspace(flags: ConfigFlags): Promise<Workspace> {
  const configuration = await readConfig(flags);
  const { config } = configuration;
  const path = libraryPath(config);
  const mediaDir = await namedFolder('media', config.media);
  const remoteMedia = new RemoteMedia(config.mediaHosts);
  const registry = await registryOf(configuration);
  try {
    const library = await Library.open(path, {
      models: registry,
      mediaDir,
      stateDir: config.state,
      remoteMedia,
      modelIds: config.modelIds,
      indexRows: config.indexRows,
      patienceMs: config.busyTimeout * 1000,
      batch: config.batch,
      threads: config.threads,
    });
    return { registry, library, config, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
  } catch (error) {
    await registry[Symbol.asyncDispose]();
    throw error;
  }
}

/** @throws ValidationError where no library is named */
export function libraryPath({ library }: Config): string {
  if (library !== undefined) return library;
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

/** A folder that is named, and that must be there. @throws ValidationError */
export async function namedFolder(flag: 'media' | 'models', path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  if ((await stat(path).catch(() => null))?.isDirectory()) return path;
  throw ValidationError.at(flag, `There is no ${flag} folder ${path}: name one that is there with --${flag} DIR.`);
}

async function registryOf({ config, given }: Configuration): Promise<PluginRegistry> {
  const named = await namedFolder('models', config.models);
  const modelFolders = named === undefined ? defaultModelFolders(config.library) : [named];
  const { plugins, threads, timeLimits, unloadAfter, maxPixels, modelServers: servers, device } = config;
  const base = given.get('plugins')?.folder ?? process.cwd();
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
