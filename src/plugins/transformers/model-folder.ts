import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { howToGet } from '../model-folders.ts';
import { dimensionsIn, readModelConfig } from './model-config.ts';
import { type GraphNames, onnxFiles } from './onnx-files.ts';
import type { ModelChoice } from './options.ts';

export type FolderSearch =
  | { readonly found: true; readonly path: string; readonly graphs: GraphNames }
  | { readonly found: false; readonly reason: string };

export interface ListedModel {
  readonly name: string;
  /** Its architecture, as config.json names it. */
  readonly type: string;
  readonly dimensions: number | null;
}

/** What a folder must hold besides its ONNX files. */
const NEEDED = ['config.json', 'preprocessor_config.json'];

/** Looks in each folder of models for the names of the choice; the first that is complete is taken. */
export async function findModelFolder(choice: ModelChoice, modelFolders: readonly string[]): Promise<FolderSearch> {
  const incomplete: string[] = [];
  for (const folder of modelFolders) {
    for (const name of choice.folders) {
      const path = join(folder, name);
      if (!(await exists(path))) continue;
      const missing = await missingFile(path);
      const files = await onnxFiles(path, choice.dtype);
      if (missing === undefined && files.complete) return { found: true, path, graphs: files.graphs };
      const reasons = [missing && `it has no ${missing}`, files.complete ? undefined : files.reason].filter(Boolean);
      incomplete.push(`${path} is there, but ${reasons.join(', and ')}`);
    }
  }
  return { found: false, reason: notFound(choice, modelFolders, incomplete) };
}

/** The models in the layout of transformers.js, by the names that the options take, each once. */
export async function listModelFolders(modelFolders: readonly string[]): Promise<ListedModel[]> {
  const found = new Map<string, ListedModel>();
  for (const folder of modelFolders) {
    const names = await namesIn(folder);
    const nested = await Promise.all(
      names.map(async (name) => (await namesIn(join(folder, name))).map((inner) => `${name}/${inner}`)),
    );
    for (const name of [...names, ...nested.flat()]) {
      const path = join(folder, name);
      if (found.has(name) || !(await exists(join(path, 'onnx'))) || (await missingFile(path)) !== undefined) continue;
      const config = await readModelConfig(path).catch(() => undefined);
      if (config) found.set(name, { name, type: config.model_type, dimensions: dimensionsIn(config) });
    }
  }
  return Array.from(found.values());
}

function notFound(choice: ModelChoice, modelFolders: readonly string[], incomplete: readonly string[]): string {
  const { name, folders, dtype } = choice;
  const model = `No model "${name}"`;
  const [first] = folders;
  if (first === undefined) return `${model}: no folder can have this name. Change the name.`;
  if (modelFolders.length === 0) return `${model}: no folder of models is configured. Name one with --models.`;
  const looked =
    folders.length === 1
      ? `there is no ${first} in ${modelFolders.join(' or ')}`
      : `there is none of ${folders.join(', ')} in ${modelFolders.join(' or ')}`;
  const places = incomplete.length === 0 ? looked : incomplete.join('; ');
  return `${model}: ${places}. ${howToGet(folders[1] ?? first, modelFolders, dtype)}`;
}

async function missingFile(path: string): Promise<string | undefined> {
  for (const file of NEEDED) if (!(await exists(join(path, file)))) return file;
  return undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).sort();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
