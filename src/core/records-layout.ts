import { join } from 'node:path';
import type * as Arrow from 'apache-arrow';
import { z } from 'zod';
import { arrow } from './arrow.ts';
import { ValidationError } from './errors.ts';
import { readJson } from './json-file.ts';
import type { EmbeddedView, EmbeddingReference, Layout, SchemaGroup, WriterCall } from './layout.ts';
import type { Row } from './row.ts';
import { removeSidecar, SIDECAR_TABLE } from './sidecar.ts';
import { sqlIn, sqlString } from './sql.ts';
import { Turns } from './turns.ts';
import type { VectorSpace } from './vector-space.ts';
import { mediumOf, type View, type ViewKey } from './view.ts';
import { asOnlyWriter, type Waiting } from './write-lock.ts';

/** Every table of this layout has the name of its family of schemas, and only that. */
const GROUPS: ReadonlyMap<string, SchemaGroup> = new Map(
  Object.entries<SchemaGroup>({
    records: 'ITEM',
    images: 'VIEW',
    sequence_frames: 'VIEW',
    texts: 'VIEW',
    videos: 'VIEW',
    point_clouds: 'VIEW',
    pdfs: 'VIEW',
    entities: 'ENTITY',
    entity_dynamic_states: 'ENTITY',
    bboxes: 'ANNOTATION',
    masks: 'ANNOTATION',
    keypoints: 'ANNOTATION',
    classifications: 'ANNOTATION',
    relations: 'ANNOTATION',
    tracklets: 'ANNOTATION',
    messages: 'ANNOTATION',
    multi_paths: 'ANNOTATION',
    text_spans: 'ANNOTATION',
    timeseries: 'ANNOTATION',
    embeddings: 'EMBEDDING',
  }),
);

/** The tables of pictures, by the base schema of the logical views that they hold. */
const IMAGE_TABLES: Readonly<Record<string, string>> = { Image: 'images', SequenceFrame: 'sequence_frames' };

const recordsInfo = z.looseObject({
  record: z.unknown().refine((slot) => slot !== undefined, 'is missing'),
  views: z.record(z.string(), z.looseObject({ base: z.string() }).nullable()),
});

/** Datasets of Pixano 0.7 and later. */
export class RecordsLayout implements Layout {
  readonly kind = 'RECORDS';
  readonly itemTable = 'records';
  readonly itemIdColumn = 'record_id';
  readonly itemBookkeeping = ['id', 'created_at', 'updated_at'];
  readonly viewColumns = ['record_id', 'logical_name', 'uri', 'width', 'height', 'format'];
  readonly referenceColumns = ['record_id', 'view_id'];
  readonly viewReferenceColumn = 'view_id';
  readonly sourceColumn = 'frame_id';
  readonly sidecarTable = SIDECAR_TABLE;
  readonly statesDefaults = false;
  /** With a key, Pixano 0.7 takes the table for one of another schema, and no table ever loses its key. */
  readonly keyed = false;
  readonly #folder: string;
  /** Of this process, one after the other; a lock knows no order. */
  readonly #writers = new Turns(1);
  /** The table that holds a logical view, by the view's name. */
  readonly #logicalViews: ReadonlyMap<string, string>;
  readonly #waiting: Waiting;

  private constructor(folder: string, logicalViews: ReadonlyMap<string, string>, waiting: Waiting) {
    this.#folder = folder;
    this.#logicalViews = logicalViews;
    this.#waiting = waiting;
  }

  /** @param waiting how long another writer is waited for */
  static async open(folder: string, waiting: Waiting = {}): Promise<RecordsLayout | null> {
    const info = await readJson(join(folder, 'info.json'), recordsInfo, 'SCHEMA_INVALID');
    if (info === null) return null;
    const tables = new Map<string, string>();
    for (const [name, slot] of Object.entries(info.views)) {
      const table = slot === null ? undefined : IMAGE_TABLES[slot.base];
      if (table !== undefined) tables.set(name, table);
    }
    return new RecordsLayout(folder, tables, waiting);
  }

  groupOf(table: string): SchemaGroup {
    return GROUPS.get(table) ?? 'OTHER';
  }

  relationOf(): null {
    return null;
  }

  isImageTable(table: string): boolean {
    return Object.values(IMAGE_TABLES).includes(table);
  }

  viewTable(name: string) {
    if (this.groupOf(name) === 'VIEW') return { table: name, where: undefined };
    const table = this.#logicalViews.get(name);
    return table === undefined ? null : { table, where: `logical_name = ${sqlString(name)}` };
  }

  view(row: Row): View {
    const { uri, record_id: itemId } = row.values;
    return {
      table: row.table,
      id: row.id,
      itemId: String(itemId),
      ...mediumOf(row),
      image: this.isImageTable(row.table),
      address: typeof uri === 'string' ? uri : '',
    };
  }

  embeddingReference(row: Row): EmbeddingReference {
    return { view: { table: null, id: String(row.values.view_id) }, itemId: String(row.values.record_id ?? '') };
  }

  embeddingReferences(batch: Arrow.RecordBatch): (row: number) => EmbeddingReference {
    const [itemIds, ids] = [batch.getChild('record_id'), batch.getChild('view_id')];
    return (row) => ({ view: { table: null, id: ids?.get(row) ?? '' }, itemId: itemIds?.get(row) ?? '' });
  }

  keyOf(view: EmbeddingReference['view']): string {
    return view.id;
  }

  *referencedKeys(batch: Arrow.RecordBatch): Iterable<string> {
    const ids = batch.getChild(this.viewReferenceColumn);
    for (let index = 0; index < batch.numRows; index++) yield String(ids?.get(index));
  }

  whereViews(views: readonly ViewKey[]): string {
    return sqlIn(
      'view_id',
      views.map((view) => view.id),
    );
  }

  embeddingFields(dimensions: number): Arrow.Field[] {
    const { Field, FixedSizeList, Float32, Int64, List, Utf8 } = arrow;
    return [
      ...['id', 'record_id', 'view_id', 'frame_id'].map((name) => new Field(name, new Utf8(), false)),
      new Field('vector', new FixedSizeList(dimensions, new Field('item', new Float32(), true)), true),
      new Field('shape', new List(new Field('item', new Int64(), true)), false),
    ];
  }

  /** Pixano 0.7 embeds what `frame_id` names; 0.8's own table leaves it empty, and fills `shape`. */
  embeddingRow({ view, vector }: EmbeddedView, id: string, { sourceColumn }: VectorSpace): Record<string, unknown> {
    const row = { id, record_id: view.itemId, view_id: view.id };
    return sourceColumn === this.sourceColumn
      ? { ...row, frame_id: view.id, shape: [] }
      : { ...row, frame_id: '', shape: [BigInt(vector.length)] };
  }

  asWriter<Result>(write: () => Promise<Result>, call: WriterCall = {}): Promise<Result> {
    return asOnlyWriter(this.#folder, write, { ...this.#waiting, ...call });
  }

  async asOnlyWriter<Result>(write: (alone: boolean) => Promise<Result>, call: WriterCall = {}): Promise<Result> {
    using _turn = await this.#writers.take(call);
    return await this.asWriter(() => write(true), call);
  }

  /** No file names them; Pixano 0.7 takes a table from disk when it is asked to create it. */
  async knows(): Promise<boolean> {
    return true;
  }

  /** Nothing: `info.json` of this layout has no place for an embedding table. */
  async registerEmbeddingTable(): Promise<void> {}

  /** The sidecar names Pixano 0.8's own table; without that it would stand for a table that is gone. */
  async unregisterEmbeddingTable(name: string): Promise<void> {
    if (name === SIDECAR_TABLE) await removeSidecar(this.#folder);
  }

  checkTableName(name: string): void {
    if (!/^(?!\.{1,2}$)[A-Za-z0-9_.-]+$/.test(name)) {
      const message = `"${name}" cannot name a table: use letters, digits, "_", "." and "-", and not "." or "..".`;
      throw ValidationError.at('name', message);
    }
    if (this.groupOf(name) !== 'OTHER') {
      throw ValidationError.at('name', `"${name}" is the name of one of Pixano's own tables.`);
    }
  }
}
