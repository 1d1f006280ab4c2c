import { isDeepStrictEqual } from 'node:util';
import type { Table } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';
import type { Call } from './call.ts';
import { DatasetUnreadableError } from './errors.ts';
import type { EmbeddingReference, Layout } from './layout.ts';
import type { RowQuery } from './row.ts';
import { embeddingRowId } from './row-id.ts';
import type { SchemaRelation } from './schema-relation.ts';
import { sqlIn } from './sql.ts';
import type { TableStore } from './table-store.ts';
import type { VectorSpace } from './vector-space.ts';
import type { View, ViewKey } from './view.ts';

/** A row of an embedding table without its vector, which is large and seldom asked for. */
export interface EmbeddingRow extends EmbeddingReference {
  readonly id: string;
}

/** A table that cannot be opened and, for all that Pixano's files say, may be one of embeddings. */
export interface UnreadableTable {
  readonly name: string;
  readonly message: string;
}

/** The space that the files of the dataset say a table of this schema to be of, as they are now. */
type SpaceReader = (schema: Arrow.Schema) => Promise<VectorSpace | null>;

/** A table of view embeddings in one vector space. */
export class EmbeddingTable {
  readonly name: string;
  readonly space: VectorSpace;
  readonly relation: SchemaRelation | null;
  /** Length of its vectors. */
  readonly dimensions: number;
  readonly layout: Layout;
  /** The columns that say of which view and item a row is: those of them that it has. */
  readonly referenceColumns: readonly string[];
  readonly #store: TableStore;
  readonly #spaceNow: SpaceReader;

  /** @throws DatasetUnreadableError TABLE_UNREADABLE, where it has no column of vectors */
  constructor(
    name: string,
    space: VectorSpace,
    schema: Arrow.Schema,
    { layout, store, spaceNow }: { layout: Layout; store: TableStore; spaceNow: SpaceReader },
  ) {
    const dimensions = vectorLength(schema, space.vectorColumn);
    if (dimensions === null) {
      throw new DatasetUnreadableError(
        'TABLE_UNREADABLE',
        `The table ${store.folder.of(name)} names "${space.vectorColumn}" as its vectors, and has no such column of vectors.`,
      );
    }
    this.name = name;
    this.space = space;
    this.relation = layout.relationOf(name);
    this.dimensions = dimensions;
    this.#spaceNow = spaceNow;
    this.layout = layout;
    const columns = schema.fields.map((field) => field.name);
    this.referenceColumns = layout.referenceColumns.filter((column) => columns.includes(column));
    this.#store = store;
  }

  lance(): Promise<Table> {
    return this.#store.open(this.name);
  }

  /** The folder that its name is to be opened in. */
  get folder(): string {
    return this.#store.folder.path;
  }

  /**
   * Whether a schema that was just read is that of this very table: another process may have replaced
   * it by one of another space, and LanceDB would cut or pad our vectors to fit that.
   */
  async describes(schema: Arrow.Schema): Promise<boolean> {
    if (vectorLength(schema, this.space.vectorColumn) !== this.dimensions) return false;
    return isDeepStrictEqual(await this.#spaceNow(schema), this.space);
  }

  /**
   * Whether it holds one vector an item, as Pixano 0.8's own table does, and not one a view: then
   * what its search calls an item's distance is that of this one vector.
   */
  get oneAnItem(): boolean {
    return this.space.sourceColumn === null;
  }

  /** The id of the row that a view's vector has, whoever computes it. */
  rowIdOf(view: View): string {
    return embeddingRowId(this.name, this.oneAnItem ? { table: this.layout.itemTable, id: view.itemId } : view);
  }

  /** Rows that a vector of one of these views takes the place of. */
  whereReplaced(views: readonly View[]): string {
    if (!this.oneAnItem) return this.layout.whereViews(views);
    return sqlIn(
      this.layout.itemIdColumn,
      views.map((view) => view.itemId),
    );
  }

  /** Rows, and not views: a table that Python wrote may hold a view twice. */
  rowCount(): Promise<number> {
    return this.#store.count(this.name);
  }

  /** A handle that stays at the version of now; whoever asked for it closes it. */
  snapshot(): Promise<Table> {
    return this.#store.snapshot(this.name);
  }

  /** All rows in the order of the table, a few thousand in memory at a time. */
  async *rows(where?: string, call: Call = {}): AsyncGenerator<EmbeddingRow> {
    for await (const row of this.#store.rows(this.name, { ...call, where, columns: this.referenceColumns })) {
      yield { ...this.layout.embeddingReference(row), id: row.id };
    }
  }

  /** What `keyOf` of its layout makes of the view of each row, in any order; nothing else is read. */
  async *viewKeys(): AsyncGenerator<string> {
    const columns = [this.layout.viewReferenceColumn];
    for await (const batch of this.batches({ columns })) yield* this.layout.referencedKeys(batch);
  }

  /** Rows as Arrow has them. @throws DatasetUnreadableError */
  batches(query: RowQuery): AsyncGenerator<Arrow.RecordBatch> {
    return this.#store.batches(this.name, query);
  }

  /** One result an id, in the order of the ids; null where a row is gone. */
  async rowsByIds(ids: readonly string[], call: Call = {}): Promise<(EmbeddingRow | null)[]> {
    const rows = await Array.fromAsync(this.rows(sqlIn('id', ids), call));
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  }

  /** One list a view, in the order of the views. */
  async rowsOfViews(views: readonly ViewKey[], call: Call = {}): Promise<EmbeddingRow[][]> {
    const rows = await Array.fromAsync(this.rows(this.layout.whereViews(views), call));
    const found = Map.groupBy(rows, (row) => this.layout.keyOf(row.view));
    return views.map((view) => found.get(this.layout.keyOf(view)) ?? []);
  }

  /** One list an item, in the order of the items. */
  async rowsOfItems(itemIds: readonly string[], call: Call = {}): Promise<EmbeddingRow[][]> {
    const rows = await Array.fromAsync(this.rows(sqlIn(this.layout.itemIdColumn, itemIds), call));
    const found = Map.groupBy(rows, (row) => row.itemId);
    return itemIds.map((id) => found.get(id) ?? []);
  }

  /** One vector a row, in the order of the rows' ids; an empty one where a row is gone. */
  async vectors(ids: readonly string[], call: Call = {}): Promise<Float32Array[]> {
    const { vectorColumn } = this.space;
    const found = new Map<string, Float32Array>();
    for await (const { id, values } of this.#store.rows(this.name, {
      ...call,
      where: sqlIn('id', ids),
      columns: [vectorColumn],
    })) {
      const vector = values[vectorColumn];
      if (vector instanceof Float32Array) found.set(id, vector);
    }
    return ids.map((id) => found.get(id) ?? new Float32Array(0));
  }

  /** What an error of Lance's about this table is to a caller. */
  unreadable(cause: unknown): DatasetUnreadableError {
    return this.#store.unreadable(this.name, cause);
  }
}

/** Null where there is no such column of vectors. */
export function vectorLength(schema: Arrow.Schema, column: string): number | null {
  const type = schema.fields.find((field) => field.name === column)?.type;
  return type !== undefined && arrow.DataType.isFixedSizeList(type) ? type.listSize : null;
}
