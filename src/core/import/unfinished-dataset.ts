import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { arrow } from '../arrow.ts';
import { ValidationError } from '../errors.ts';
import { TableStore } from '../table-store.ts';
import type { NewDatasetLayout } from './dataset-layout.ts';
import type { ReadItem } from './read-item.ts';
import { writeItems } from './row-writer.ts';

/** Says where the items come from, until the dataset is whole. */
const ORIGIN = 'unfinished.txt';

/**
 * A dataset that appears in the library when it is whole. Until then it is in a folder of its own, which
 * an interruption leaves for the next to go on with. Nobody else may be at work on it.
 */
export class UnfinishedDataset {
  readonly store: TableStore;
  readonly #path: string;
  readonly #folder: string;
  readonly #layout: NewDatasetLayout;

  private constructor(path: string, folder: string, layout: NewDatasetLayout) {
    this.#path = path;
    this.#folder = folder;
    this.#layout = layout;
    this.store = new TableStore(join(folder, 'db'));
  }

  /**
   * @param path of the dataset's folder, which must not be there
   * @param origin of its items: what an interruption left of another origin is thrown away
   */
  static async open(path: string, layout: NewDatasetLayout, origin: string): Promise<UnfinishedDataset> {
    // Neither Pixano nor a Library takes a folder for a dataset that has no info.json.
    const folder = join(dirname(path), `.${basename(path)}.unfinished`);
    const begun = new UnfinishedDataset(path, folder, layout);
    const begunFrom = await readFile(join(folder, ORIGIN), 'utf8').catch(() => null);
    if (begunFrom === origin && (await begun.#isOfThisLayout())) return begun;
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, 'db'), { recursive: true });
    const dataset = new UnfinishedDataset(path, folder, layout);
    for (const [name, fields] of layout.tables) {
      await dataset.store.create(name, new arrow.Schema(fields), { overwrite: false });
    }
    await writeFile(join(folder, ORIGIN), origin);
    return dataset;
  }

  async write(items: readonly ReadItem[]): Promise<void> {
    await writeItems(this.store, this.#layout.rows, items);
  }

  /** Puts the dataset into the library. @throws ValidationError where it has no item */
  async finish(): Promise<void> {
    if ((await this.store.count(this.#layout.rows.itemTable)) === 0) {
      await rm(this.#folder, { recursive: true, force: true });
      throw ValidationError.at('source', 'None of the pictures could be read, so no dataset was made.');
    }
    await this.#layout.settle(this.store);
    await this.#layout.writeFiles(this.#folder);
    await rm(join(this.#folder, ORIGIN));
    await rename(this.#folder, this.#path);
  }

  /** Whether what an interruption left has every table with the very columns that it is to have now. */
  async #isOfThisLayout(): Promise<boolean> {
    const { tables } = this.#layout;
    const names = await this.store.folder.names().catch(() => []);
    if (names.length !== tables.size || !names.every((name) => tables.has(name))) return false;
    for (const [name, fields] of tables) {
      const schema = await this.store.schema(name).catch(() => null);
      if (schema === null || String(schema) !== String(new arrow.Schema(fields))) return false;
    }
    return true;
  }
}
