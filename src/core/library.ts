import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Dataset } from './dataset.ts';
import type { DatasetOptions } from './dataset-options.ts';
import { DatasetUnreadableError, NotFoundError, ValidationError } from './errors.ts';
import { fileStats } from './file-stats.ts';
import { StateFolder } from './state-folder.ts';

/** A folder that looks like a dataset and cannot be opened. */
export interface LibraryProblem {
  readonly folder: string;
  readonly code: string;
  readonly message: string;
}

/** Names one dataset of a library. */
export type DatasetBy = { readonly pixanoId: string } | { readonly folder: string } | { readonly name: string };

interface Opened {
  readonly version: string;
  readonly dataset: Promise<Dataset>;
}

/** A folder of Pixano datasets: each of its direct children with an `info.json`. */
export class Library {
  readonly path: string;
  readonly name: string;
  /** Where relative picture addresses lead. */
  readonly mediaDir: string;
  readonly state: StateFolder;
  readonly #options: DatasetOptions;
  readonly #opened = new Map<string, Opened>();

  private constructor(path: string, options: DatasetOptions) {
    this.path = path;
    this.name = basename(path);
    this.state = new StateFolder(path, options.stateDir);
    this.mediaDir = resolve(options.mediaDir ?? join(path, '..', 'media'));
    this.#options = { ...options, mediaDir: this.mediaDir, stateDir: this.state.path };
  }

  /** @throws NotFoundError where there is no such folder */
  static async open(path: string, options: DatasetOptions): Promise<Library> {
    const folder = resolve(path);
    if (!fileStats(folder)?.isDirectory()) throw new NotFoundError(`There is no library folder ${folder}.`);
    return new Library(folder, options);
  }

  /** Those that can be opened, by folder name; a broken one hides no other. */
  async datasets(): Promise<Dataset[]> {
    return (await this.#all()).filter((each) => each instanceof Dataset);
  }

  async problems(): Promise<LibraryProblem[]> {
    return (await this.#all()).filter((each): each is LibraryProblem => !(each instanceof Dataset));
  }

  /** @throws ValidationError where several datasets have that name */
  async find(by: DatasetBy): Promise<Dataset | null> {
    if ('folder' in by) {
      const found = isFolderName(by.folder) ? await this.#dataset(by.folder) : null;
      return found instanceof Dataset ? found : null;
    }
    const datasets = await this.datasets();
    const [property, value] = 'pixanoId' in by ? (['id', by.pixanoId] as const) : (['name', by.name] as const);
    const found = datasets.filter((dataset) => dataset[property] === value);
    if (found.length > 1) {
      const folders = found.map((dataset) => dataset.folder).join(', ');
      throw ValidationError.at(
        'by',
        `"${value}" is the ${property} of several datasets: name one by its folder (${folders}).`,
      );
    }
    return found[0] ?? null;
  }

  async #all(): Promise<(Dataset | LibraryProblem)[]> {
    const entries = await readdir(this.path, { withFileTypes: true });
    const folders = entries
      .filter((entry) => isFolderName(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => entry.name)
      .sort();
    const all = await Promise.all(folders.map((folder) => this.#dataset(folder)));
    return all.filter((each) => each !== null);
  }

  /** Opened once, and again when its `info.json` has changed; null for a folder that is no dataset. */
  async #dataset(folder: string): Promise<Dataset | LibraryProblem | null> {
    const path = join(this.path, folder);
    const version = versionOf(path);
    if (version === null) {
      this.#opened.delete(folder);
      return null;
    }
    let opened = this.#opened.get(folder);
    if (opened?.version !== version) {
      opened = { version, dataset: Dataset.open(path, this.#options) };
      this.#opened.set(folder, opened);
    }
    return this.#check(folder, opened);
  }

  async #check(folder: string, opened: Opened): Promise<Dataset | LibraryProblem> {
    try {
      const dataset = await opened.dataset;
      await dataset.check();
      return dataset;
    } catch (error) {
      // What is wrong may lie beside these files and be put right without a trace in them.
      if (this.#opened.get(folder) === opened) this.#opened.delete(folder);
      const code = error instanceof DatasetUnreadableError ? error.code : 'DATASET_UNREADABLE';
      return { folder, code, message: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Pixano takes no folder for a dataset whose name begins with a dot. */
function isFolderName(name: string): boolean {
  return /^[^./\\][^/\\]*$/.test(name);
}

/** Changes when `info.json` or `schema.json` does; null where the folder has neither. */
function versionOf(path: string): string | null {
  const files = ['info.json', 'schema.json'].map((name) => fileStats(join(path, name)));
  if (files.every((file) => file === null)) return null;
  return files.map((file) => (file === null ? '-' : `${file.mtimeNs}:${file.size}:${file.ino}`)).join();
}
