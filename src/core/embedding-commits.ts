import { Compaction } from './compaction.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { writeEmbeddings } from './embedding-writer.ts';
import type { Ending } from './ending.ts';
import { KeySet } from './key-set.ts';
import type { EmbeddedView } from './layout.ts';

/** Milliseconds for which a vector waits to be written with others. */
const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5000;
/** Rows that are written at once: one of so many that there are already, between a least and a most. */
const FEWEST_ROWS = 32;
const MOST_ROWS = 1024;
const SHARE = 16;
/** How much longer than a commit takes the next one waits at least: so much of the time is not spent on them. */
const WAIT_PER_COMMIT = 20;

/** The writes of one computation to its table, one after the other. */
export class EmbeddingCommits {
  readonly #table: EmbeddingTable;
  readonly #replace: boolean;
  readonly #compaction: Compaction;
  /** Keys of the views that are written: Pixano may have a view twice. */
  readonly #written = new KeySet();
  /** The table's version, while nobody else has written to it. */
  #version: number | null;
  #lastMs = 0;
  #rows = 0;

  /** @param version of the table, when it was known to have none of the views that are to come */
  constructor(table: EmbeddingTable, { replace, version }: { readonly replace: boolean; readonly version: number }) {
    this.#table = table;
    this.#replace = replace;
    this.#version = version;
    this.#compaction = new Compaction(table);
  }

  /** How many rows the next write should have at the most: the more there are, the longer a write takes. */
  get weight(): number {
    return Math.min(Math.max(FEWEST_ROWS, this.#rows / SHARE), MOST_ROWS);
  }

  /** Milliseconds for which they should be waited for at the most. */
  get waitMs(): number {
    return Math.min(Math.max(SHORTEST_WAIT_MS, this.#lastMs * WAIT_PER_COMMIT), LONGEST_WAIT_MS);
  }

  /**
   * Writes vectors, all or none of them, and compacts the table from time to time.
   * @param ending ends a compaction when it stops, and the waiting for other writers when it abandons
   * @throws ConflictError, WriteError
   */
  async write(batch: readonly EmbeddedView[], ending: Ending): Promise<void> {
    const rows = batch.filter(({ view }) => this.#written.add(this.#table.layout.keyOf(view)));
    const started = performance.now();
    this.#version = await writeEmbeddings(this.#table, rows, {
      replace: this.#replace,
      version: this.#version,
      signal: ending.abandon,
    });
    this.#lastMs = performance.now() - started;
    this.#rows += rows.length;
    if (rows.length > 0) await this.#compactIf(this.#compaction.isDue(rows.length), ending.stop);
  }

  /** Leaves the table tidy. */
  async finish(ending: Ending): Promise<void> {
    await this.#compactIf(this.#compaction.isWorthwhile(), ending.stop);
  }

  /** Where it fails, the vectors are stored all the same, and the next write tells what is wrong. */
  async #compactIf(wanted: Promise<boolean>, signal: AbortSignal): Promise<void> {
    try {
      if (!(await wanted) || signal.aborted) return;
      await this.#table.layout.asOnlyWriter(
        async (alone) => {
          const lance = await this.#table.lance();
          const unchanged = alone && (await lance.version()) === this.#version;
          await this.#compaction.run(signal);
          this.#version = unchanged ? await lance.version() : null;
        },
        { signal },
      );
    } catch {
      this.#version = null;
    }
  }
}
