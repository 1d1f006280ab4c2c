import { join } from 'node:path';
import { fileStats, isSettled } from './file-stats.ts';

interface Known {
  /** The folders of the table and of its versions, as they were just before the version was asked for. */
  readonly folders: string;
  readonly version: string;
}

/**
 * The versions of tables on disk. Each commit of Lance's puts a file into the table's folder of versions:
 * while that folder has not changed there is no newer one, and to see so takes a hundredth of the time in
 * which Lance itself looks.
 */
export class TableVersions {
  readonly #known = new Map<string, Known>();

  /**
   * Another text whenever the table has changed, or been replaced by another; null where it is gone.
   * @param path of the table's folder
   * @param ask Lance, for the number of its newest version
   */
  async of(path: string, ask: () => Promise<number>): Promise<string | null> {
    const known = this.#known.get(path);
    const table = fileStats(path);
    if (table === null) return null;
    const versions = fileStats(join(path, '_versions'));
    const folders = [table.ino, table.birthtimeNs, versions?.ino, versions?.mtimeNs].join(':');
    if (known?.folders === folders) return known.version;
    const version = `${await ask()}:${table.ino}:${table.birthtimeNs}`;
    if (versions !== null && isSettled(versions)) this.#known.set(path, { folders, version });
    return version;
  }
}
