import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dataset } from '../src/core/dataset.ts';
import { loadPlugins } from '../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../src/plugins/registry.ts';
import type { SharedModelOptions } from '../src/plugins/shared-model.ts';

export const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** Where the parts of each library are, below `FIXTURES`. */
const LIBRARIES = {
  items: { from: 'items', library: 'pixano_library', media: 'assets' },
  records: { from: 'records/data', library: 'library', media: 'media' },
} as const;

/** A model folder, and the name by which a `models` folder has it; the last is that of the options' defaults. */
const MODELS = [
  ['pixano-tiny-clip', 'pixano-tiny-clip'],
  ['free-batch__random', 'free-batch__random'],
  ['pixano-tiny-clip', 'ViT-B-32__laion2b_s34b_b79k'],
] as const;

/** The real plugins over the test models. */
export interface TestModels extends AsyncDisposable {
  readonly models: PluginRegistry;
  /** As `--models` names it. */
  readonly modelFolder: string;
}

/** A library that the real Pixano wrote, copied for one test to read and to change. */
export interface LibraryCopy extends TestModels {
  /** The library's folder; its one dataset is in the folder `health_images`. */
  readonly path: string;
  /** Where relative picture addresses lead. */
  readonly media: string;
  /** A folder for whatever else the test puts on disk; it goes with the copy. */
  readonly temporary: string;
}

/**
 * The items library is one of Pixano 0.6.12, the records library one of 0.8.0.
 * @param shared models that the caller disposes of: to load one takes most of a second
 */
export async function copyOfLibrary(kind: 'items' | 'records', shared?: TestModels): Promise<LibraryCopy> {
  const temporary = await mkdtemp(join(tmpdir(), 'viewfinder-'));
  const { from, library, media } = LIBRARIES[kind];
  await cp(join(FIXTURES, from), temporary, { recursive: true });
  await mkdir(join(temporary, media), { recursive: true });
  const opened = shared ?? (await openModels());
  return {
    path: join(temporary, library),
    media: join(temporary, media),
    temporary,
    models: opened.models,
    modelFolder: opened.modelFolder,
    async [Symbol.asyncDispose]() {
      if (shared === undefined) await opened[Symbol.asyncDispose]();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** The copy's one dataset, opened anew. */
export function openDataset({ path, media, models }: LibraryCopy): Promise<Dataset> {
  return Dataset.open(join(path, 'health_images'), { models, mediaDir: media });
}

/** @param plugins paths of plugins beside the built-in ones */
export async function openModels(
  plugins: readonly string[] = [],
  sharing: SharedModelOptions = {},
): Promise<TestModels> {
  const modelFolder = await mkdtemp(join(tmpdir(), 'viewfinder-models-'));
  for (const [model, name] of MODELS) {
    await symlink(join(FIXTURES, 'models', model), join(modelFolder, name), 'junction');
  }
  const context = { modelFolders: [modelFolder], threads: 2 };
  const models = new PluginRegistry({ plugins: await loadPlugins(plugins, FIXTURES), context, ...sharing });
  return {
    models,
    modelFolder,
    async [Symbol.asyncDispose]() {
      await models[Symbol.asyncDispose]();
      await rm(modelFolder, { recursive: true, force: true });
    },
  };
}
