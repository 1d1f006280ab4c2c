import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelConfig } from './model-config.ts';
import type { ClipOptions } from './options.ts';

/** What a folder must hold to be a model, as Immich publishes OpenCLIP. */
const NEEDED = ['config.json', 'visual/model.onnx', 'visual/preprocess_cfg.json'];

export type FolderSearch =
  | { readonly found: true; readonly name: string; readonly path: string }
  | { readonly found: false; readonly name: string; readonly reason: string };

/** Looks in each folder of models for `NAME__PRETRAINED`, in both spellings, then for `NAME`; the first complete one is taken. */
export async function findModelFolder(options: ClipOptions, modelFolders: readonly string[]): Promise<FolderSearch> {
  const names = folderNames(options);
  const looked: string[] = [];
  for (const folder of modelFolders) {
    for (const name of names) {
      const path = join(folder, name);
      const missing = await missingFile(path);
      if (missing === undefined) return { found: true, name, path };
      looked.push((await exists(path)) ? `${path} (it is there, but has no ${missing})` : path);
    }
  }
  return { found: false, name: names[0] ?? options.name, reason: notFound(options, names, looked) };
}

/** The names of all complete model folders, each once, with the length of their vectors where that is legible. */
export async function listModelFolders(
  modelFolders: readonly string[],
): Promise<{ readonly name: string; readonly dimensions: number | null }[]> {
  const found = new Map<string, number | null>();
  for (const folder of modelFolders) {
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names.sort()) {
      const path = join(folder, name);
      if (found.has(name) || (await missingFile(path)) !== undefined) continue;
      found.set(name, await dimensionsOf(path));
    }
  }
  return Array.from(found, ([name, dimensions]) => ({ name, dimensions }));
}

/** Null where config.json is not what it should be; loading the model says why. */
export async function dimensionsOf(path: string): Promise<number | null> {
  return readModelConfig(path).then(
    (config) => config.embed_dim,
    () => null,
  );
}

/** Tables come from other machines: a name that could lead out of the models' folder is no folder name. */
function folderNames({ name, pretrained }: ClipOptions): string[] {
  // Immich names its folders with dashes where open_clip has underscores: ViT-B-32__laion2b-s34b-b79k.
  const names =
    pretrained === '' ? [name] : [`${name}__${pretrained}`, `${name}__${pretrained.replaceAll('_', '-')}`, name];
  return [...new Set(names)].filter(
    (candidate) => /^[^/\\:\0]+$/.test(candidate) && candidate !== '.' && candidate !== '..',
  );
}

function notFound({ name, pretrained }: ClipOptions, names: readonly string[], looked: readonly string[]): string {
  const model = `open-clip model "${name}" (pretrained "${pretrained}")`;
  if (names.length === 0)
    return `No ${model}: its name holds a path separator, so no folder can have it. Change the name.`;
  if (looked.length === 0) return `No ${model}: no folder of models is configured. Name one with --models.`;
  const places = looked.length === 1 ? `${looked[0]} is not there` : `neither ${looked.join(' nor ')} is there`;
  return `No ${model}: ${places}. Put the model's folder at one of these places, or name another folder of models with --models.`;
}

async function missingFile(path: string): Promise<string | undefined> {
  for (const file of NEEDED) if (!(await exists(join(path, file)))) return file;
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
