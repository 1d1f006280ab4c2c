import { join } from 'node:path';
import { z } from 'zod';
import { fileStats } from '../file-stats.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { StateFolder } from '../state-folder.ts';

/** How a search that needs so many rows uses the index. */
const measuredDepth = z.object({
  /** Rows that are asked for, at the most. */
  depth: z.int().min(1),
  nprobes: z.int().min(1),
  refineFactor: z.int().min(1).nullable(),
  /** The share of the nearest `depth` rows that were found, the mean of all queries. */
  recall: z.number(),
});

const measurement = z.object({
  /** Pixano's id of the dataset. */
  dataset: z.string(),
  /** The identity of the index that was measured; null where it was dropped, because its recall was too low. */
  index: z.string().nullable(),
  type: z.string(),
  /** Rows of the table then. */
  rows: z.int(),
  minRecallAt10: z.number(),
  /** At the smallest depth: with the probes that hold the promise, or the best that there was. */
  recallAt10: z.number(),
  /** Those at which the promise is held, from the smallest on; none where it is not held even there. */
  depths: z.array(measuredDepth),
  /** TEXTS: the model's own vectors of captions. ROWS: vectors of the table. */
  queries: z.enum(['TEXTS', 'ROWS']),
  queryCount: z.int(),
  /** Whether the table's model was there, and so whether it was known if it takes texts. */
  modelKnown: z.boolean(),
  measuredAt: z.string(),
});

export type MeasuredDepth = z.output<typeof measuredDepth>;
export type Measurement = z.output<typeof measurement>;

/** The last measurement of each table's index, kept beside the library: without it an index is not used. */
export class IndexRecord {
  readonly #state: StateFolder;
  readonly #dataset: { readonly id: string; readonly folder: string };

  constructor(state: StateFolder, dataset: { readonly id: string; readonly folder: string }) {
    this.#state = state;
    this.#dataset = dataset;
  }

  /** Another text whenever what is kept of a table may be another. */
  version(table: string): string {
    const file = fileStats(this.#path(table));
    return file === null ? '' : `${file.mtimeNs}:${file.ino}`;
  }

  /** Null where there is none that can be read: to delete it is allowed. */
  async read(table: string): Promise<Measurement | null> {
    const found = await readJson(this.#path(table), measurement, 'TABLE_UNREADABLE').catch(() => null);
    return found?.dataset === this.#dataset.id ? found : null;
  }

  /** @throws ValidationError where nothing can be written there */
  async keep(table: string, found: Omit<Measurement, 'dataset' | 'measuredAt'>): Promise<Measurement> {
    await this.#state.writable(...this.#folder());
    const kept = { ...found, dataset: this.#dataset.id, measuredAt: new Date().toISOString() };
    await writeJson(this.#path(table), kept);
    return kept;
  }

  /** A folder for what the making of a table's index needs meanwhile. @throws ValidationError */
  temporaryFolder(table: string): Promise<string> {
    return this.#state.writable(...this.#folder(), `${table}.tmp`);
  }

  #folder(): string[] {
    return ['indexes', this.#dataset.folder];
  }

  #path(table: string): string {
    return join(this.#state.path, ...this.#folder(), `${table}.json`);
  }
}
