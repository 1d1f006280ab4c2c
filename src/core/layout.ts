import type * as Arrow from 'apache-arrow';
import type { Row } from './row.ts';
import type { SchemaRelation } from './schema-relation.ts';
import type { VectorSpace } from './vector-space.ts';
import type { View, ViewKey } from './view.ts';
import type { Waiting } from './write-lock.ts';

/** What a table is for. */
export type SchemaGroup = 'ITEM' | 'VIEW' | 'ENTITY' | 'ANNOTATION' | 'EMBEDDING' | 'SOURCE' | 'OTHER';

/** One vector and what it belongs to, before it is a row. */
export interface EmbeddedView {
  readonly view: View;
  readonly vector: Float32Array;
}

/** How a writer of a layout waits; how long, the dataset was opened with. */
export type WriterCall = Pick<Waiting, 'signal'>;

/** What the rows of an embedding table say of their view; `table` is null where they do not name it. */
export interface EmbeddingReference {
  readonly view: { readonly table: string | null; readonly id: string };
  readonly itemId: string;
}

/**
 * All that differs between the two generations of Pixano's datasets on disk. The rest of the core
 * speaks of items and views, and of neither generation's columns.
 */
export interface Layout {
  /** ITEMS: up to 0.6, `item_ref` and `schema.json`. RECORDS: 0.7 and later, `record_id`. */
  readonly kind: 'ITEMS' | 'RECORDS';
  readonly itemTable: string;
  /** The column, or field of a struct column, that leads from a view or an embedding to its item. */
  readonly itemIdColumn: string;
  /** Columns of the item table that are Pixano's own and not attributes of the item. */
  readonly itemBookkeeping: readonly string[];

  groupOf(table: string): SchemaGroup;
  /** The relation of the table to the items; null where this layout does not record one. */
  relationOf(table: string): SchemaRelation | null;
  /** Whether a table of the group VIEW holds pictures. */
  isImageTable(table: string): boolean;
  /** The table that a person means by a view's name, and which of its rows; null if there is none. */
  viewTable(name: string): { readonly table: string; readonly where: string | undefined } | null;

  /** Columns that `view` needs. */
  readonly viewColumns: readonly string[];
  view(row: Row): View;

  /** Columns that `embeddingReference` needs. */
  readonly referenceColumns: readonly string[];
  embeddingReference(row: Row): EmbeddingReference;
  /** The same for each row of a batch with those of the columns that the table has. */
  embeddingReferences(batch: Arrow.RecordBatch): (row: number) => EmbeddingReference;
  /** The same string for a view and for what an embedding says of it; distinct for distinct views. */
  keyOf(view: EmbeddingReference['view']): string;
  /** The column of an embedding table that names its view. */
  readonly viewReferenceColumn: string;
  /** For each row of a batch with that column, what `keyOf` makes of it. */
  referencedKeys(batch: Arrow.RecordBatch): Iterable<string>;
  /** Rows of an embedding table that belong to these views. */
  whereViews(views: readonly ViewKey[]): string;

  /** The table of vectors that this generation keeps with a sidecar of its own, one an item; null if it has none. */
  readonly sidecarTable: string | null;
  /** The columns of a new embedding table, as Pixano of this generation makes it. */
  embeddingFields(dimensions: number): Arrow.Field[];
  /** The column that an embedding function is said to read. */
  readonly sourceColumn: string;
  /** Whether a new table's metadata state every option, or only those that were given. */
  readonly statesDefaults: boolean;
  /** A row without its `vector`; `id` is derived from the table and the view. */
  embeddingRow(embedded: EmbeddedView, id: string, space: VectorSpace): Record<string, unknown>;
  /**
   * Whether tables of embeddings have a key, without which two processes that merge the same new
   * rows at once write them twice.
   */
  readonly keyed: boolean;
  /**
   * Runs a write as this generation of Pixano asks of other programs.
   * @param call its signal ends the waiting for other writers, and not a write that has begun
   * @throws ConflictError DATASET_BUSY, or CONFLICT where nothing may be written at all
   */
  asWriter<Result>(write: () => Promise<Result>, call?: WriterCall): Promise<Result>;
  /**
   * The same for a write that no other one of ours should come between.
   * @param write is told whether none does: there may be no lock to be had
   * @throws ConflictError DATASET_BUSY, or CONFLICT where nothing may be written at all
   */
  asOnlyWriter<Result>(write: (alone: boolean) => Promise<Result>, call?: WriterCall): Promise<Result>;
  /** Whether Pixano finds an embedding table that is on disk. */
  knows(table: string): Promise<boolean>;
  /** Makes an embedding table known to Pixano, beyond its being on disk. */
  registerEmbeddingTable(name: string, dimensions: number, relation: SchemaRelation): Promise<void>;
  /** Takes an embedding table from all of this generation's files that name it. */
  unregisterEmbeddingTable(name: string): Promise<void>;
  /** Throws where Pixano of this generation could not open a table of that name. */
  checkTableName(name: string): void;
}
