import { resolve } from 'node:path';
import { type Connection, connect, embedding, type Table } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { abortable } from './abortable.ts';
import type { Call } from './call.ts';
import { DatasetUnreadableError, NotFoundError } from './errors.ts';
import { reasonOf } from './lance-reason.ts';
import { lanceSession } from './lance-session.ts';
import { batchRows, type Row, type RowQuery, readBatches, takeRows } from './row.ts';
import { sqlInEach } from './sql.ts';
import { TableFolder } from './table-folder.ts';
import { TablePlaces } from './table-places.ts';
import { TableVersions } from './table-versions.ts';
import { Turns } from './turns.ts';

// LanceDB refuses to write to a table whose metadata names an embedding function that is not in
// its own registry, even where the rows carry their vectors, as all of ours do.
embedding.getRegistry().parseFunctions = async () => new Map();

/** Format 2.0 with the first manifest names is the newest that every Pixano since 0.6 reads. */
const READABLE_BY_EVERY_PIXANO = {
  new_table_data_storage_version: '2.0',
  new_table_enable_v2_manifest_paths: 'false',
};

/** The last answer about each table, and the version that the table had then. */
type AtVersion<Answer> = Map<string, { readonly version: string; readonly answer: Answer }>;

/** The Lance tables of one dataset. */
export class TableStore {
  readonly folder: TableFolder;
  readonly #tables = new Map<string, Promise<Table>>();
  #connection: Promise<Connection> | undefined;
  readonly #creating = new Turns(1);
  readonly #versions = new TableVersions();
  readonly #schemas: AtVersion<Arrow.Schema> = new Map();
  readonly #counts: AtVersion<number> = new Map();
  /** Where rows are, by their ids. */
  readonly places = new TablePlaces(this);

  constructor(folder: string) {
    // A bare name that starts with "db" would be taken for an address of LanceDB Cloud.
    this.folder = new TableFolder(resolve(folder));
  }

  /**
   * A handle that sees what other processes write, from one call to the next.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async open(name: string): Promise<Table> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      if (!(await this.folder.has(name))) throw new NotFoundError(`There is no table "${name}" in this dataset.`);
      table = this.#openOnce(name);
      table.catch(() => this.#tables.delete(name));
      this.#tables.set(name, table);
    }
    return table;
  }

  /**
   * Another handle, that stays at the version of now; whoever asked for it closes it.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async snapshot(name: string): Promise<Table> {
    if (!(await this.folder.has(name))) throw new NotFoundError(`There is no table "${name}" in this dataset.`);
    const table = await this.#openOnce(name);
    await table.checkout(await table.version());
    return table;
  }

  /**
   * What a call on a table's handle gives.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async ask<Answer>(name: string, question: (table: Table) => Promise<Answer>): Promise<Answer> {
    const table = await this.open(name);
    try {
      return await question(table);
    } catch (cause) {
      throw this.unreadable(name, cause);
    }
  }

  /** @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE */
  async count(name: string, where?: string, { signal }: Call = {}): Promise<number> {
    if (where !== undefined)
      return abortable(
        this.ask(name, (table) => table.countRows(where)),
        signal,
      );
    return this.#atVersion(this.#counts, name, (table) => table.countRows());
  }

  /** @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE */
  async schema(name: string): Promise<Arrow.Schema> {
    return this.#atVersion(this.#schemas, name, (table) => table.schema());
  }

  /**
   * Another text whenever a table has changed, or been replaced by another.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async version(name: string): Promise<string> {
    // Opened first, for a name that is not one of a table's is no part of a path.
    await this.open(name);
    const version = await this.#versions.of(this.folder.of(name), () => this.ask(name, (table) => table.version()));
    if (version === null) throw new NotFoundError(`There is no table "${name}" in this dataset any more.`);
    return version;
  }

  /**
   * Rows of a table in the order in which it keeps them, a few thousand in memory at a time.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async *rows(name: string, query: RowQuery = {}): AsyncGenerator<Row> {
    for await (const batch of this.batches(name, query)) yield* batchRows(name, batch);
  }

  /**
   * The rows of those ids that are there, in any order.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async *rowsByIds(name: string, ids: readonly string[], query: Omit<RowQuery, 'where'> = {}): AsyncGenerator<Row> {
    const taken = await this.#take(name, ids, query);
    if (taken !== null) yield* taken;
    else for (const where of sqlInEach('id', ids)) yield* this.rows(name, { ...query, where });
  }

  /** Null where the places of the rows are not known, or not right any more: then they must be looked for. */
  async #take(name: string, ids: readonly string[], query: RowQuery): Promise<Row[] | null> {
    const wanted = new Set(ids);
    const at = this.places.last(name)?.all(wanted) ?? null;
    if (at === null || at.length === 0) return null;
    const rows = await takeRows(await this.open(name), at, query).catch(() => null);
    query.signal?.throwIfAborted();
    // Rows may have moved, or gone, since their places were read: what is there shows by its id.
    const found = rows?.flatMap((batch) => [...batchRows(name, batch, (id) => wanted.has(id))]);
    return found?.length === at.length ? found : null;
  }

  /**
   * The same in the batches in which they are read.
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async *batches(name: string, query: RowQuery = {}): AsyncGenerator<Arrow.RecordBatch> {
    const table = await this.open(name);
    try {
      yield* readBatches(table, query);
    } catch (cause) {
      query.signal?.throwIfAborted();
      throw this.unreadable(name, cause);
    }
  }

  /**
   * One column of strings, or one such field of a column of structs, in the order of the rows.
   * @param column as SQL names it, such as `item_ref.id`
   * @throws NotFoundError, DatasetUnreadableError TABLE_UNREADABLE
   */
  async *texts(
    name: string,
    column: string,
    { where, limit }: Pick<RowQuery, 'where' | 'limit'> = {},
  ): AsyncGenerator<string> {
    const table = await this.open(name);
    let plan = table.query().select(new Map([['text', column]]));
    if (where !== undefined) plan = plan.where(where);
    if (limit !== undefined) plan = plan.limit(limit);
    try {
      for await (const batch of plan) {
        const texts = batch.getChildAt(0);
        for (let index = 0; index < batch.numRows; index++) yield String(texts?.get(index));
      }
    } catch (cause) {
      throw this.unreadable(name, cause);
    }
  }

  /**
   * Makes an empty table; with `overwrite` its rows, if it was there, are gone. One after the other, for of
   * two that LanceDB makes at once under one name both may succeed.
   */
  async create(name: string, schema: Arrow.Schema, options: { overwrite: boolean }): Promise<Table> {
    using _turn = await this.#creating.take();
    const connection = await this.#connect();
    const table = await connection.createEmptyTable(name, schema, {
      mode: options.overwrite ? 'overwrite' : 'create',
      storageOptions: READABLE_BY_EVERY_PIXANO,
    });
    this.#tables.set(name, Promise.resolve(table));
    return table;
  }

  /** Takes a table from disk, all of its versions with it. */
  async drop(name: string): Promise<void> {
    this.#tables.delete(name);
    await (await this.#connect()).dropTable(name);
  }

  /** What an error of Lance's about a table on disk is to a caller. */
  unreadable(name: string, cause: unknown): DatasetUnreadableError {
    const reason = reasonOf(cause instanceof Error ? cause.message : String(cause));
    return new DatasetUnreadableError(
      'TABLE_UNREADABLE',
      `The table ${this.folder.of(name)} cannot be read: ${reason}.`,
      {
        cause,
      },
    );
  }

  /** What a call on a table gives, kept while the table stays at its version. */
  async #atVersion<Answer>(
    kept: AtVersion<Answer>,
    name: string,
    question: (table: Table) => Promise<Answer>,
  ): Promise<Answer> {
    const version = await this.version(name);
    const known = kept.get(name);
    if (known?.version === version) return known.answer;
    const answer = await this.ask(name, question);
    kept.set(name, { version, answer });
    return answer;
  }

  async #openOnce(name: string): Promise<Table> {
    try {
      const table = await (await this.#connect()).openTable(name);
      await table.schema();
      return table;
    } catch (cause) {
      throw this.unreadable(name, cause);
    }
  }

  #connect(): Promise<Connection> {
    // As an option, for the wrapper of LanceDB 0.39 loses what is given as its third argument.
    this.#connection ??= connect(this.folder.path, { readConsistencyInterval: 0, session: lanceSession });
    return this.#connection;
  }
}
