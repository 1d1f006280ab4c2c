import { fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddingTable } from './embedding-table.ts';

/** Commits, each a fragment of its own, after which the table is looked at. */
const COMMITS = 64;
/** Rows of a fragment that Lance leaves as it is: those of the others are written anew. */
const FULL_FRAGMENT = 1024 * 1024;
/** Bytes of vectors beyond which compacting gets a process of its own. */
const SMALL = 16 * 1024 * 1024;
/** Other writers may be waiting meanwhile. */
const PATIENCE_MS = 20_000;
/** Little memory, for Lance otherwise reads ahead as far as it can. */
const FRUGAL = {
  LANCE_DEFAULT_IO_BUFFER_SIZE: String(8 * 1024 * 1024),
  LANCE_DEFAULT_BATCH_SIZE: '256',
  LANCE_UPLOAD_CONCURRENCY: '1',
  LANCE_IO_THREADS: '2',
  LANCE_CPU_THREADS: '1',
  MALLOC_ARENA_MAX: '2',
};

/**
 * Makes few large fragments of the many small ones that commits leave behind, by Lance's own
 * `optimize`. It writes all rows of the table anew and leaves the old ones to those who have
 * them open for seven days; so it waits until much has been added to what is there.
 */
export class Compaction {
  readonly #table: EmbeddingTable;
  #commits = 0;
  /** Rows that were added since the table was compacted. */
  #added = 0;

  constructor(table: EmbeddingTable) {
    this.#table = table;
  }

  /** Counts a commit, and says whether it is time to compact. */
  async isDue(rows: number): Promise<boolean> {
    this.#commits += 1;
    this.#added += rows;
    return this.#commits % COMMITS === 0 && this.#added * 2 >= (await this.#rows());
  }

  /** Whether to compact now that no more commits come. */
  async isWorthwhile(): Promise<boolean> {
    if (this.#added === 0) return false;
    const { fragmentStats } = await (await this.#table.lance()).stats();
    if (fragmentStats.numFragments < 2) return false;
    return fragmentStats.numFragments >= COMMITS || this.#added * 8 >= (await this.#rows());
  }

  /** Whatever goes wrong costs nothing but the compaction. */
  async run(signal: AbortSignal): Promise<void> {
    const bytes = (await this.#rows()) * this.#table.dimensions * Float32Array.BYTES_PER_ELEMENT;
    if (bytes > SMALL) await this.#inProcess(signal);
    else await (await this.#table.lance()).optimize().catch(() => {});
    this.#added = 0;
  }

  async #inProcess(signal: AbortSignal): Promise<void> {
    const { folder, name } = this.#table;
    const entry = new URL(`./compaction-process${extname(import.meta.url)}`, import.meta.url);
    const child = fork(fileURLToPath(entry), [folder, name], {
      execArgv: [],
      stdio: 'ignore',
      env: FRUGAL,
      signal,
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    await once(child, 'exit').catch(() => {});
  }

  async #rows(): Promise<number> {
    return (await this.#table.rowCount()) % FULL_FRAGMENT;
  }
}
