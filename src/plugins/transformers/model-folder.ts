import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { howToGet } from '../model-folders.ts';
import { readRecord } from '../model-hub/model-record.ts';
import { dimensionsIn, readModelConfig } from './model-config.ts';
import { type GraphNames, onnxFiles } from './onnx-files.ts';
import type { ModelChoice } from './options.ts';

export type FolderSearch =
  | {
      readonly found: true;
      /** As the options name it, or the folder that is of the commit that they name. */
      readonly name: string;
      readonly path: string;
      /** Of the hub; null where it was not fetched by `models pull`. */
      readonly commit: string | null;
      readonly graphs: GraphNames;
    }
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
    for (const { name, path, commit, isOther } of await candidates(choice, folder)) {
      if (isOther) {
        incomplete.push(`${path} is there, but of the commit ${commit}`);
        continue;
      }
      const missing = await missingFile(path);
      const files = await onnxFiles(path, choice.dtype);
      if (missing === undefined && files.complete) return { found: true, name, path, commit, graphs: files.graphs };
      const reasons = [missing && `it has no ${missing}`, files.complete ? undefined : files.reason].filter(Boolean);
      incomplete.push(`${path} is there, but ${reasons.join(', and ')}`);
    }
  }
  return { found: false, reason: notFound(choice, modelFolders, incomplete) };
}

interface Candidate {
  readonly name: string;
  readonly path: string;
  readonly commit: string | null;
  /** Whether it is not of the commit that is asked for. */
  readonly isOther: boolean;
}

/** The folders of a choice that are there, and then those of the same model that tell of which commit they are. */
async function candidates({ name, folders, pinned }: ModelChoice, modelFolder: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const folder of folders) {
    const path = join(modelFolder, folder);
    if (await exists(path)) found.push({ name, path, commit: await commitOf(path), isOther: false });
  }
  if (pinned === undefined) return found;
  const beside = posix.dirname(pinned.folder);
  for (const each of await namesIn(join(modelFolder, beside))) {
    const folder = posix.join(beside, each);
    if (folder !== pinned.folder && !folder.startsWith(`${pinned.folder}@`)) continue;
    if (folders.includes(folder)) continue;
    const path = join(modelFolder, folder);
    const commit = await commitOf(path);
    if (commit !== null) found.push({ name: folder, path, commit, isOther: commit !== pinned.commit });
  }
  return found;
}

async function commitOf(path: string): Promise<string | null> {
  return (await readRecord(path))?.commit ?? null;
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
