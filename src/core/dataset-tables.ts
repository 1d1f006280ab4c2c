import type * as Arrow from 'apache-arrow';
import { type Column, columnOf } from './column.ts';
import { EmbeddingTable, type UnreadableTable } from './embedding-table.ts';
import { DatasetUnreadableError, NotFoundError } from './errors.ts';
import type { SchemaGroup } from './layout.ts';
import type { SchemaRelation } from './schema-relation.ts';
import { type Spaces, tableSpace } from './table-space.ts';
import { unlessUnreadable } from './unless-unreadable.ts';

/** A table of a dataset. */
export interface TableInfo {
  readonly name: string;
  readonly group: SchemaGroup;
  readonly relation: SchemaRelation | null;
  readonly columns: readonly Column[];
  readonly rowCount: number;
}

/** The tables that a dataset has on disk; one that cannot be opened hides no other. */
export class DatasetTables {
  readonly #dataset: Spaces;

  constructor(dataset: Spaces) {
    this.#dataset = dataset;
  }

  /** Every table that can be opened, whether or not Pixano's files name it. */
  async list(): Promise<TableInfo[]> {
    const names = await this.#dataset.store.folder.names();
    const tables = await Promise.all(names.map((name) => unlessUnreadable(this.#info(name))));
    return tables.filter((table): table is TableInfo => !(table instanceof DatasetUnreadableError));
  }

  /** Tables of view embeddings that can be opened, by name. */
  async embeddings(): Promise<EmbeddingTable[]> {
    const names = await this.#dataset.store.folder.names();
    const tables = await Promise.all(names.map((name) => unlessUnreadable(this.find(name))));
    return tables.filter((table) => table instanceof EmbeddingTable);
  }

  /** Tables that cannot be opened and may be of view embeddings. */
  async unreadable(): Promise<UnreadableTable[]> {
    const { store, layout } = this.#dataset;
    const groups: readonly SchemaGroup[] = ['EMBEDDING', 'OTHER'];
    const names = (await store.folder.names()).filter((name) => groups.includes(layout.groupOf(name)));
    const tables = await Promise.all(names.map((name) => unlessUnreadable(this.find(name))));
    return tables.flatMap((table, index) =>
      table instanceof DatasetUnreadableError ? [{ name: names[index] ?? '', message: table.message }] : [],
    );
  }

  /**
   * Null where there is no such table, or it is not one of embeddings.
   * @throws DatasetUnreadableError TABLE_UNREADABLE
   */
  async find(name: string): Promise<EmbeddingTable | null> {
    const { store, layout } = this.#dataset;
    const schema = await store.schema(name).catch((error: unknown) => {
      if (error instanceof NotFoundError) return null;
      throw error;
    });
    if (schema === null) return null;
    const spaceOf = (read: Arrow.Schema) => tableSpace(this.#dataset, name, read);
    const space = await spaceOf(schema);
    return space === null ? null : new EmbeddingTable(name, space, schema, { layout, store, spaceNow: spaceOf });
  }

  async #info(name: string): Promise<TableInfo> {
    const { store, layout } = this.#dataset;
    const [schema, rowCount] = await Promise.all([store.schema(name), store.count(name)]);
    const space = await tableSpace(this.#dataset, name, schema);
    return {
      name,
      group: space === null ? layout.groupOf(name) : 'EMBEDDING',
      relation: layout.relationOf(name),
      columns: schema.fields.map(columnOf),
      rowCount,
    };
  }
}
