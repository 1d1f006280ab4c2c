import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';
import { DatasetUnreadableError, ValidationError } from './errors.ts';
import {
  type ItemsSchema,
  readItemsSchema,
  withEmbeddingTable,
  withoutEmbeddingTable,
  writeItemsSchema,
} from './items-schema-file.ts';
import type { EmbeddedView, EmbeddingReference, Layout, SchemaGroup, WriterCall } from './layout.ts';
import { localTime } from './local-time.ts';
import { type Row, reference } from './row.ts';
import type { SchemaRelation } from './schema-relation.ts';
import { sqlIn, sqlString } from './sql.ts';
import { Turns } from './turns.ts';
import { mediumOf, type View, type ViewKey } from './view.ts';
import { canLock, lockDataset, type Waiting } from './write-lock.ts';

const GROUPS: Readonly<Record<string, SchemaGroup>> = {
  item: 'ITEM',
  views: 'VIEW',
  entities: 'ENTITY',
  annotations: 'ANNOTATION',
  embeddings: 'EMBEDDING',
};

/** Base schemas of Pixano 0.6 whose `url` leads to a picture. */
const IMAGE_SCHEMAS = ['Image', 'SequenceFrame'];

/** Names that Pixano 0.6 takes in `schema.json`, and Lance for a table. */
const TABLE_NAME = /^(?!\.{1,2}$)[a-z0-9_.-]+$/;

/** Datasets of Pixano up to 0.6, which the tutorial was written for. */
export class ItemsLayout implements Layout {
  readonly kind = 'ITEMS';
  readonly itemTable = 'item';
  readonly itemIdColumn = 'item_ref.id';
  readonly itemBookkeeping = ['id', 'created_at', 'updated_at'];
  readonly viewColumns = ['item_ref', 'url', 'width', 'height', 'format'];
  readonly referenceColumns = ['item_ref', 'view_ref'];
  readonly viewReferenceColumn = 'view_ref';
  readonly sourceColumn = 'view_ref';
  readonly sidecarTable = null;
  readonly statesDefaults = true;
  readonly keyed = true;
  readonly #folder: string;
  readonly #waiting: Waiting;
  /** Of this process, one after the other; a lock knows no order. */
  readonly #writers = new Turns(1);
  #schema: ItemsSchema;
  /** Of `schema.json`. */
  readonly #changes = new Turns(1);

  private constructor(folder: string, schema: ItemsSchema, waiting: Waiting) {
    this.#folder = folder;
    this.#waiting = waiting;
    this.#schema = schema;
  }

  /**
   * Null where the folder has no `schema.json`, and so is not of this layout.
   * @param waiting how long another writer of that file is waited for
   */
  static async open(folder: string, waiting: Waiting = {}): Promise<ItemsLayout | null> {
    const schema = await readItemsSchema(folder);
    return schema === null ? null : new ItemsLayout(folder, schema, waiting);
  }

  groupOf(table: string): SchemaGroup {
    if (table === 'source') return 'SOURCE';
    for (const [group, tables] of Object.entries(this.#schema.groups)) {
      if (tables.includes(this.#nameInFile(table))) return GROUPS[group] ?? 'OTHER';
    }
    return 'OTHER';
  }

  relationOf(table: string): SchemaRelation | null {
    return this.#schema.relations[this.#nameInFile(table)]?.item ?? null;
  }

  isImageTable(table: string): boolean {
    return IMAGE_SCHEMAS.includes(this.#schema.schemas[this.#nameInFile(table)]?.base_schema ?? '');
  }

  viewTable(name: string) {
    return this.groupOf(name) === 'VIEW' ? { table: name, where: undefined } : null;
  }

  view(row: Row): View {
    const { url } = row.values;
    return {
      table: row.table,
      id: row.id,
      itemId: reference(row.values.item_ref, 'id'),
      ...mediumOf(row),
      image: this.isImageTable(row.table),
      address: typeof url === 'string' ? url : '',
    };
  }

  embeddingReference(row: Row): EmbeddingReference {
    return {
      view: { table: reference(row.values.view_ref, 'name'), id: reference(row.values.view_ref, 'id') },
      itemId: reference(row.values.item_ref, 'id'),
    };
  }

  embeddingReferences(batch: Arrow.RecordBatch): (row: number) => EmbeddingReference {
    const [item, view] = ['item_ref', 'view_ref'].map((name): Arrow.Vector<Arrow.Struct> | null =>
      batch.getChild(name),
    );
    const [itemIds, tables, ids] = [item?.getChild('id'), view?.getChild('name'), view?.getChild('id')];
    return (row) => ({
      view: { table: tables?.get(row) ?? '', id: ids?.get(row) ?? '' },
      itemId: itemIds?.get(row) ?? '',
    });
  }

  keyOf(view: EmbeddingReference['view']): string {
    return `${view.table ?? ''}/${view.id}`;
  }

  *referencedKeys(batch: Arrow.RecordBatch): Iterable<string> {
    const references: Arrow.Vector<Arrow.Struct> | null = batch.getChild(this.viewReferenceColumn);
    const tables = references?.getChild('name');
    const ids = references?.getChild('id');
    for (let index = 0; index < batch.numRows; index++) {
      yield this.keyOf({ table: tables?.get(index) ?? null, id: String(ids?.get(index)) });
    }
  }

  whereViews(views: readonly ViewKey[]): string {
    const byTable = Map.groupBy(views, (view) => view.table);
    const clauses = [...byTable].map(([table, keys]) => {
      const ids = keys.map((key) => key.id);
      return `(view_ref.name = ${sqlString(table)} AND ${sqlIn('view_ref.id', ids)})`;
    });
    return clauses.length === 0 ? 'false' : clauses.join(' OR ');
  }

  embeddingFields(dimensions: number): Arrow.Field[] {
    const { Field, FixedSizeList, Float32, Int64, List, Struct, TimestampMicrosecond, Utf8 } = arrow;
    const time = new TimestampMicrosecond();
    const reference = new Struct([new Field('name', new Utf8(), false), new Field('id', new Utf8(), false)]);
    return [
      new Field('id', new Utf8(), false),
      new Field('created_at', time, false),
      new Field('updated_at', time, false),
      new Field('item_ref', reference, false),
      new Field('vector', new FixedSizeList(dimensions, new Field('item', new Float32(), true)), true),
      new Field('shape', new List(new Field('item', new Int64(), true)), false),
      new Field('view_ref', reference, false),
    ];
  }

  embeddingRow({ view }: EmbeddedView, id: string): Record<string, unknown> {
    const now = localTime(new Date());
    return {
      id,
      created_at: now,
      updated_at: now,
      item_ref: { name: 'item', id: view.itemId },
      shape: [],
      view_ref: { name: view.table, id: view.id },
    };
  }

  /** Pixano 0.6 knows no lock: Lance's own commits keep writers apart. */
  asWriter<Result>(write: () => Promise<Result>): Promise<Result> {
    return write();
  }

  async asOnlyWriter<Result>(write: (alone: boolean) => Promise<Result>, call: WriterCall = {}): Promise<Result> {
    using _turn = await this.#writers.take(call);
    await using lock = await lockDataset(this.#folder, { ...this.#waiting, ...call }).catch(() => null);
    call.signal?.throwIfAborted();
    return await write(lock !== null);
  }

  /** Asked of the file: a Pixano that is running rewrites it from what it knew when it started. */
  async knows(table: string): Promise<boolean> {
    const schema = await readItemsSchema(this.#folder);
    return schema !== null && Object.hasOwn(schema.schemas, table);
  }

  /**
   * One after the other: each reads what the one before has written, in this process or, where there
   * is a lock to be had, in another. Pixano 0.6 itself takes none. A name that Pixano 0.6 could not
   * open its file with is left out.
   * @throws ConflictError DATASET_BUSY
   */
  registerEmbeddingTable(name: string, dimensions: number, relation: SchemaRelation): Promise<void> {
    if (!TABLE_NAME.test(name)) return Promise.resolve();
    return this.#changeSchema((schema) => withEmbeddingTable(schema, name, dimensions, relation));
  }

  /** @throws ConflictError DATASET_BUSY */
  unregisterEmbeddingTable(name: string): Promise<void> {
    return this.#changeSchema((schema) => withoutEmbeddingTable(schema, name));
  }

  async #changeSchema(change: (schema: ItemsSchema) => ItemsSchema): Promise<void> {
    using _turn = await this.#changes.take();
    await using _lock = (await canLock()) ? await lockDataset(this.#folder, this.#waiting) : null;
    const current = await readItemsSchema(this.#folder);
    if (current === null)
      throw new DatasetUnreadableError('SCHEMA_INVALID', `${this.#folder} has lost its schema.json.`);
    const schema = change(current);
    await writeItemsSchema(this.#folder, schema);
    this.#schema = schema;
  }

  /** Pixano 0.6 gives a table in capitals its name in the file in small letters, and loses sight of it. */
  #nameInFile(table: string): string {
    return Object.hasOwn(this.#schema.schemas, table) ? table : table.toLowerCase().replaceAll(' ', '_');
  }

  checkTableName(name: string): void {
    if (TABLE_NAME.test(name)) return;
    throw ValidationError.at(
      'name',
      `"${name}" cannot name a table of this dataset: Pixano 0.6 finds only names of lower-case letters, digits, "_", "." and "-", and not "." or "..".`,
    );
  }
}
