import type { Table } from '@lancedb/lancedb';
import { arrow } from './arrow.ts';
import { DatasetUnreadableError } from './errors.ts';
import type { EmbeddingReference, Layout } from './layout.ts';
import type { Row } from './row.ts';
import type { SchemaRelation } from './schema-relation.ts';
import { sqlString } from './sql.ts';
import type { TableStore } from './table-store.ts';
import { type VectorIndex, vectorIndexOf } from './vector-index.ts';
import type { VectorSpace } from './vector-space.ts';
import type { ViewKey } from './view.ts';

/** One stored vector. */
export interface StoredEmbedding extends EmbeddingReference {
  readonly id: string;
  /** As Pixano shows it: the vector's length, whatever the column `shape` holds. */
  readonly shape: readonly number[];
  readonly vector: Float32Array;
}

/** Which of a table's rows: those of one view or of one item; all where nothing is said. */
export interface EmbeddingFilter {
  readonly view?: ViewKey | undefined;
  readonly itemId?: string | undefined;
}

/** A table that cannot be opened and, for all that Pixano's files say, may be one of embeddings. */
export interface UnreadableTable {
  readonly name: string;
  readonly message: string;
}

/** A table of view embeddings in one vector space. */
export class EmbeddingTable {
  readonly name: string;
  readonly space: VectorSpace;
  readonly relation: SchemaRelation | null;
  /** Length of its vectors. */
  readonly dimensions: number;
  readonly layout: Layout;
  readonly #store: TableStore;

  private constructor(name: string, space: VectorSpace, dimensions: number, layout: Layout, store: TableStore) {
    this.name = name;
    this.space = space;
    this.relation = layout.relationOf(name);
    this.dimensions = dimensions;
    this.layout = layout;
    this.#store = store;
  }

  /** @throws DatasetUnreadableError TABLE_UNREADABLE, where it has no column of vectors */
  static async open(name: string, space: VectorSpace, layout: Layout, store: TableStore): Promise<EmbeddingTable> {
    const schema = await (await store.open(name)).schema();
    const type = schema.fields.find((field) => field.name === space.vectorColumn)?.type;
    if (type === undefined || !arrow.DataType.isFixedSizeList(type)) {
      throw new DatasetUnreadableError(
        'TABLE_UNREADABLE',
        `The table ${store.path(name)} names "${space.vectorColumn}" as its vectors, and has no such column of vectors.`,
      );
    }
    return new EmbeddingTable(name, space, type.listSize, layout, store);
  }

  lance(): Promise<Table> {
    return this.#store.open(this.name);
  }

  /** Rows, and not views: a table that Python wrote may hold a view twice. */
  async rowCount(filter: EmbeddingFilter = {}): Promise<number> {
    return (await this.lance()).countRows(this.#where(filter));
  }

  async vectorIndex(): Promise<VectorIndex | null> {
    return vectorIndexOf(await this.lance(), this.space.vectorColumn);
  }

  async list(filter: EmbeddingFilter, page: { limit: number; offset?: number }): Promise<StoredEmbedding[]> {
    const columns = [...this.layout.referenceColumns, this.space.vectorColumn];
    const embeddings: StoredEmbedding[] = [];
    for await (const row of this.#store.rows(this.name, { where: this.#where(filter), columns, ...page })) {
      embeddings.push(this.#embedding(row));
    }
    return embeddings;
  }

  async byId(id: string): Promise<StoredEmbedding | null> {
    const columns = [...this.layout.referenceColumns, this.space.vectorColumn];
    const where = `id = ${sqlString(id)}`;
    for await (const row of this.#store.rows(this.name, { where, columns, limit: 1 })) return this.#embedding(row);
    return null;
  }

  /** What every row refers to, without the vectors; a few thousand in memory at a time. */
  async *references(): AsyncGenerator<EmbeddingReference> {
    for await (const row of this.#store.rows(this.name, { columns: this.layout.referenceColumns })) {
      yield this.layout.embeddingReference(row);
    }
  }

  /** What an error of Lance's about this table is to a caller. */
  unreadable(cause: unknown): DatasetUnreadableError {
    return this.#store.unreadable(this.name, cause);
  }

  #embedding(row: Row): StoredEmbedding {
    const stored = row.values[this.space.vectorColumn];
    const vector = stored instanceof Float32Array ? stored : new Float32Array(0);
    return { ...this.layout.embeddingReference(row), id: row.id, vector, shape: [vector.length] };
  }

  #where({ view, itemId }: EmbeddingFilter): string | undefined {
    if (view !== undefined) return this.layout.whereViews([view]);
    return itemId === undefined ? undefined : `${this.layout.itemIdColumn} = ${sqlString(itemId)}`;
  }
}
