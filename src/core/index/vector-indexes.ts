import type { HealthFinding } from '../embedding-health.ts';
import type { EmbeddingModels } from '../embedding-models.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import type { StateFolder } from '../state-folder.ts';
import type { TableStore } from '../table-store.ts';
import { indexFindings } from './index-findings.ts';
import { IndexRecord } from './index-record.ts';
import { type IndexStanding, indexStanding, isWanting } from './index-standing.ts';
import { type IndexRequest, makeIndex } from './make-index.ts';
import { isModelHere, RECENT } from './measuring-queries.ts';
import { vectorIndexOf } from './vector-index.ts';

/** Tables of fewer rows are searched exactly, unless another number is given: it takes milliseconds. */
export const INDEX_ROWS = 50_000;

/** How a search is to use the index of its table. */
export interface IndexChoice {
  readonly type: string;
  readonly nprobes: number;
  /** Where the index holds something shorter than the vectors: so many times the rows are compared by their own vectors. */
  readonly refineFactor?: number;
}

/** What the indexes of a dataset need to know of it. */
export interface IndexedDataset {
  readonly id: string;
  readonly folder: string;
  readonly store: TableStore;
  readonly state: StateFolder;
  readonly models: EmbeddingModels;
}

interface Known {
  readonly key: string;
  readonly standing: Promise<IndexStanding>;
}

/** The vector indexes of a dataset's embedding tables, and how far each can be trusted. */
export class VectorIndexes {
  readonly record: IndexRecord;
  /** Rows from which a table is searched by its index. */
  readonly fromRows: number;
  readonly #dataset: IndexedDataset;
  readonly #known = new Map<string, Known>();
  readonly #choices = new Map<string, IndexChoice>();
  /** Texts that were searched for, oldest first. */
  readonly #recent = new Map<string, Set<string>>();

  constructor(dataset: IndexedDataset, fromRows: number | undefined) {
    this.#dataset = dataset;
    this.fromRows = fromRows ?? INDEX_ROWS;
    this.record = new IndexRecord(dataset.state, dataset);
  }

  /**
   * How a search for the nearest `depth` rows of a whole table is to use its index; null where it must compare all
   * rows. The same object for as long as it is the same index and measurement, so that asking again after the search
   * shows whether that was what it used.
   * @throws NotFoundError, DatasetUnreadableError
   */
  async for(table: EmbeddingTable, depth: number): Promise<IndexChoice | null> {
    const { rows, index, verdict, measurement } = await this.standing(table);
    if (index === null || measurement === null || verdict !== 'HOLDS' || rows < this.fromRows) return null;
    const found = measurement.depths.find((each) => each.depth >= depth);
    if (found === undefined) return null;
    const { nprobes, refineFactor } = found;
    const key = [table.name, found.depth].join();
    const known = this.#choices.get(key);
    const { type } = index;
    if (known?.type === type && known.nprobes === nprobes && known.refineFactor === (refineFactor ?? undefined)) {
      return known;
    }
    const choice = { type, nprobes, ...(refineFactor !== null && { refineFactor }) };
    this.#choices.set(key, choice);
    return choice;
  }

  /**
   * Kept for as long as the table and the record stay at their versions.
   * @throws NotFoundError, DatasetUnreadableError
   */
  async standing(table: EmbeddingTable): Promise<IndexStanding> {
    const key = `${await this.#dataset.store.version(table.name)},${this.record.version(table.name)}`;
    let known = this.#known.get(table.name);
    if (known?.key !== key) {
      known = { key, standing: this.#read(table) };
      this.#known.set(table.name, known);
      known.standing.catch(() => this.#known.delete(table.name));
    }
    const standing = await known.standing;
    if (standing.verdict !== 'HOLDS' || standing.measurement?.modelKnown !== false) return standing;
    // It was measured without the model's texts; now that the model is here, they may be asked for.
    return (await isModelHere(table, this.#dataset.models)) ? { ...standing, verdict: 'UNMEASURED' } : standing;
  }

  /** Whether an index is to be made, or measured, now that a computation of the table has ended. */
  async isDue(table: EmbeddingTable): Promise<boolean> {
    const standing = await this.standing(table);
    return standing.rows >= this.fromRows && isWanting(standing);
  }

  /**
   * Makes and measures the index of a table: see `makeIndex`.
   * @yields the share of the work that is done, from 0 to 1
   */
  async *make(
    table: EmbeddingTable,
    request: IndexRequest,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<number, void> {
    yield* makeIndex(table, request, {
      models: this.#dataset.models,
      record: this.record,
      standing: (each) => this.standing(each),
      recentTexts: ({ name }) => [...(this.#recent.get(name) ?? [])].reverse(),
      signal,
    });
  }

  /** Remembers, until the program ends, that a text was searched for: the next measurement asks for it too. */
  noteText({ name }: EmbeddingTable, text: string): void {
    const texts = this.#recent.get(name) ?? new Set();
    texts.delete(text);
    texts.add(text);
    const [oldest] = texts;
    if (texts.size > RECENT && oldest !== undefined) texts.delete(oldest);
    this.#recent.set(name, texts);
  }

  /** What is wrong with the index of a table that is large enough to be searched by one. */
  async findings(table: EmbeddingTable): Promise<HealthFinding[]> {
    const standing = await this.standing(table);
    return standing.rows < this.fromRows ? [] : indexFindings(standing);
  }

  async #read(table: EmbeddingTable): Promise<IndexStanding> {
    const measurement = await this.record.read(table.name);
    return this.#dataset.store.ask(table.name, async (lance) =>
      indexStanding(await lance.countRows(), await vectorIndexOf(lance, table.space.vectorColumn), measurement),
    );
  }
}
