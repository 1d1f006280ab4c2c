import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { howToGet, shellWord } from '../model-folders.ts';
import { dimensionsOf, type ModelLayout, missingPart, modelLayouts } from './model-layout.ts';
import type { ClipOptions } from './options.ts';

export type FolderSearch =
  | { readonly found: true; readonly name: string; readonly layout: ModelLayout }
  | { readonly found: false; readonly name: string; readonly reason: string };

type ModelName = Pick<ClipOptions, 'name' | 'pretrained' | 'dtype'>;

/** Looks in each folder of models for `NAME__PRETRAINED`, in both spellings, then for `NAME`; the first complete one is taken. */
export async function findModelFolder(options: ModelName, modelFolders: readonly string[]): Promise<FolderSearch> {
  const names = folderNames(options);
  const looked: string[] = [];
  for (const folder of modelFolders) {
    for (const name of names) {
      for (const layout of modelLayouts(join(folder, name))) {
        const missing = await missingPart(layout);
        if (missing === undefined) return { found: true, name, layout };
        if (await exists(layout.path)) looked.push(`${layout.path} has no ${await complaint(layout, missing)}`);
        else if (layout.kind === 'open-clip') looked.push(`${layout.path} is not there`);
      }
    }
  }
  const [name] = names;
  const model = `No open-clip model "${options.name}" (pretrained "${options.pretrained}")`;
  const refuse = (reason: string) =>
    ({ found: false, name: name ?? options.name, reason: `${model}: ${reason}` }) as const;
  if (name === undefined) return refuse('no folder can have this name. Change it.');
  if (looked.length === 0) return refuse('no folder of models is configured. Name one with --models.');
  const get = isAddress(options.name) ? howToExport(options.name, name, modelFolders) : undefined;
  return refuse(`${looked.join(', and ')}. ${get ?? howToGet(name, modelFolders, options.dtype)}`);
}

/** The names of all complete models, each once, with the length of their vectors where that is legible. */
export async function listModelFolders(
  modelFolders: readonly string[],
): Promise<{ readonly name: string; readonly dimensions: number | null }[]> {
  const found = new Map<string, number | null>();
  for (const folder of modelFolders) {
    const entries = await readdir(folder).catch((): string[] => []);
    const names = new Set(entries.map((entry) => entry.replace(/-vision$/, '')).concat(entries));
    for (const name of [...names].sort()) {
      if (found.has(name)) continue;
      for (const layout of modelLayouts(join(folder, name))) {
        if ((await missingPart(layout)) === undefined) found.set(name, await dimensionsOf(layout));
      }
    }
  }
  return Array.from(found, ([name, dimensions]) => ({ name, dimensions }));
}

/** open_clip's names of models that lie elsewhere, for which it passes over `pretrained`. */
function isAddress(name: string): boolean {
  return /^(hf-hub|local-dir):/.test(name);
}

/** The folder has the name that tools/export-open-clip.py gives it. */
function howToExport(address: string, name: string, [folder = 'models']: readonly string[]): string {
  const command = `python tools/export-open-clip.py ${shellWord(address)} --out ${shellWord(folder)}`;
  return `Make it with "${command}", or copy its folder from a machine that has it to ${join(folder, name)}.`;
}

/** Tables come from other machines: a name that could lead out of the models' folder is no folder name. */
function folderNames(model: ModelName): string[] {
  const { pretrained } = model;
  // As open_clip reads its older names: ViT-B/32.
  const name = model.name.replaceAll('/', '-');
  // Immich names its folders with dashes where open_clip has underscores: ViT-B-32__laion2b-s34b-b79k.
  const names = isAddress(model.name)
    ? [model.name.split(/[:/\\]/).findLast((part) => part !== '') ?? '']
    : pretrained === ''
      ? [name]
      : [`${name}__${pretrained}`, `${name}__${pretrained.replaceAll('_', '-')}`, name];
  return [...new Set(names)].filter(
    (candidate) => /^[^/\\:\0]+$/.test(candidate) && candidate !== '.' && candidate !== '..',
  );
}

/** What a folder lacks. Weights that only Python can load are never loaded here: some of their formats run code. */
async function complaint({ path }: ModelLayout, missing: string): Promise<string> {
  const files = await readdir(path).catch((): string[] => []);
  const weights = files.find((file) => /\.(bin|ckpt|npz|pkl|pt|pth|safetensors)$/.test(file));
  if (weights === undefined) return missing;
  return `${missing} (${weights} is for PyTorch: make a model folder of it with tools/export-open-clip.py)`;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
