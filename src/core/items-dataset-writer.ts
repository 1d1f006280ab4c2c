import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeArrowTable } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';
import { newItemsSchema, writeItemsSchema } from './items-schema-file.ts';
import { writeJson } from './json-file.ts';
import { localTime } from './local-time.ts';
import { TableStore } from './table-store.ts';

/** A new dataset of pictures, one an item. */
export interface NewDataset {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Names of the items' own columns, which hold strings. */
  readonly columns: readonly string[];
  readonly items: readonly NewItem[];
}

export interface NewItem {
  /** Unique among the items; so is that of the picture among the views. */
  readonly id: string;
  readonly split: string;
  /** One value for each of the dataset's columns. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly image: {
    readonly id: string;
    /** Relative to the media folder, with "/" between its steps. */
    readonly url: string;
    readonly width: number;
    readonly height: number;
    /** As Pillow names it, such as `JPEG`. */
    readonly format: string;
  };
}

/**
 * Writes a dataset as the builder of Pixano 0.6.12 does. It appears in the library as a whole or
 * not at all.
 * @param path of the dataset's folder, which must not be there
 */
export async function writeItemsDataset(path: string, dataset: NewDataset): Promise<void> {
  // Neither Pixano nor a Library takes a folder for a dataset whose name begins with a dot.
  const unfinished = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await mkdir(join(unfinished, 'db'), { recursive: true });
    await writeTables(new TableStore(join(unfinished, 'db')), dataset);
    const { id, name, description } = dataset;
    const info = { id, name, description, size: 'Unknown', preview: '', workspace: 'image' };
    await writeJson(join(unfinished, 'features_values.json'), { item: {}, views: {}, entities: {}, annotations: {} });
    await writeItemsSchema(unfinished, newItemsSchema(dataset.columns));
    await writeJson(join(unfinished, 'info.json'), info);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function writeTables(store: TableStore, { columns, items }: NewDataset): Promise<void> {
  const now = localTime(new Date());
  const stamps = { created_at: now, updated_at: now };
  const itemRows = items.map(({ id, split, attributes }) => ({ id, ...stamps, split, ...attributes }));
  const imageRows = items.map(({ id, image }) => ({
    ...image,
    ...stamps,
    item_ref: { name: 'item', id },
    parent_ref: { name: '', id: '' },
    width: BigInt(image.width),
    height: BigInt(image.height),
  }));
  const { Field, Int64, Struct } = arrow;
  const reference = new Struct([text('name'), text('id')]);
  await write(store, 'item', [...commonFields(), text('split'), ...columns.map(text)], itemRows);
  const imageFields = [
    ...commonFields(),
    new Field('item_ref', reference, false),
    new Field('parent_ref', reference, false),
    text('url'),
    new Field('width', new Int64(), false),
    new Field('height', new Int64(), false),
    text('format'),
  ];
  await write(store, 'image', imageFields, imageRows);
  await write(store, 'source', [...commonFields(), text('name'), text('kind'), text('metadata')], []);
}

async function write(store: TableStore, name: string, fields: Arrow.Field[], rows: Record<string, unknown>[]) {
  const schema = new arrow.Schema(fields);
  const table = await store.create(name, schema, { overwrite: false });
  if (rows.length > 0) await table.add(makeArrowTable(rows, { schema }));
}

/** Columns that every table of this layout begins with. */
function commonFields(): Arrow.Field[] {
  const time = new arrow.TimestampMicrosecond();
  return [text('id'), new arrow.Field('created_at', time, false), new arrow.Field('updated_at', time, false)];
}

function text(name: string): Arrow.Field {
  return new arrow.Field(name, new arrow.Utf8(), false);
}
