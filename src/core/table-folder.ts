import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetUnreadableError } from './errors.ts';
import { fileStats, isSettled } from './file-stats.ts';

/** The folder of a dataset's Lance tables: `NAME.lance` for each. */
export class TableFolder {
  readonly path: string;
  #known: { readonly version: string; readonly names: readonly string[] } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Names of the tables on disk, sorted; whether a table can be opened shows when it is. Kept while nothing comes
   * into the folder or leaves it.
   * @throws DatasetUnreadableError TABLES_MISSING
   */
  async names(): Promise<readonly string[]> {
    const stats = fileStats(this.path);
    const version = stats === null ? '' : `${stats.ino}:${stats.mtimeNs}`;
    if (this.#known?.version === version) return this.#known.names;
    const entries = await readdir(this.path, { withFileTypes: true }).catch((cause) => {
      throw new DatasetUnreadableError('TABLES_MISSING', `There is no folder of tables ${this.path}.`, { cause });
    });
    const names = entries
      .filter((entry) => entry.isDirectory() && entry.name.endsWith('.lance'))
      .map((entry) => entry.name.slice(0, -'.lance'.length))
      .sort();
    if (stats !== null && isSettled(stats)) this.#known = { version, names };
    return names;
  }

  /** Only of such a name may a path be made. @throws DatasetUnreadableError TABLES_MISSING */
  async has(name: string): Promise<boolean> {
    return (await this.names()).includes(name);
  }

  /**
   * Whether there is a table, or files of one, beyond what a crash leaves that came before a new
   * table's first version: that folder holds nothing, and a table may be made in it.
   */
  async holds(name: string): Promise<boolean> {
    if (!(await this.has(name))) return false;
    const parts = await Promise.all(
      ['_versions', 'data'].map((part) => readdir(join(this.of(name), part)).catch(() => [])),
    );
    return parts.some((files) => files.length > 0);
  }

  /** Where a table's folder is. */
  of(name: string): string {
    return join(this.path, `${name}.lance`);
  }
}
