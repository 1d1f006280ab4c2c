import type * as Arrow from 'apache-arrow';
import { arrow } from '../../../src/core/arrow.ts';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { EmbeddingTable } from '../../../src/core/embedding-table.ts';
import { makeTableOf } from '../tutorial.ts';

export const DIMENSIONS = 16;
export const TABLE = 'emb_generated';

/** A view with its vector; of which item it is, and what the item's `split` says. */
export interface GeneratedView {
  readonly id: string;
  readonly itemId: string;
  readonly split: string;
  readonly vector: Float32Array;
}

/** The empty table of generated vectors, in a dataset from which all else is taken. */
export async function emptied(dataset: Dataset): Promise<EmbeddingTable> {
  for (const name of [dataset.layout.itemTable, viewTable(dataset)]) {
    await (await dataset.store.open(name)).delete('true');
  }
  const options = { dimensions: DIMENSIONS };
  return makeTableOf(dataset, TABLE, { embeddingFunction: 'touchy', options, dimensions: DIMENSIONS });
}

/** Writes views, their vectors and those of their items that are not there yet. */
export async function addViews(dataset: Dataset, views: readonly GeneratedView[], more = false): Promise<void> {
  const items = [...new Map(views.map(({ itemId: id, split }) => [id, { id, split }])).values()];
  const references = { item: 'item', view: viewTable(dataset) };
  if (!more)
    await add(dataset, dataset.layout.itemTable, items.length, { id: of(items, 'id'), split: of(items, 'split') });
  const refs = {
    id: of(views, 'id'),
    item_ref: views.map(({ itemId }) => ({ name: references.item, id: itemId })),
    record_id: of(views, 'itemId'),
  };
  await add(dataset, references.view, views.length, refs);
  const rows = {
    ...refs,
    view_ref: views.map(({ id }) => ({ name: references.view, id })),
    view_id: of(views, 'id'),
    frame_id: of(views, 'id'),
  };
  await add(dataset, TABLE, views.length, rows, of(views, 'vector'));
}

export function viewTable(dataset: Dataset): string {
  return dataset.layout.kind === 'ITEMS' ? 'image' : 'images';
}

function of<Name extends keyof GeneratedView>(views: readonly Pick<GeneratedView, Name>[], name: Name) {
  return views.map((view) => view[name]);
}

/** Adds rows with these columns; the others are empty. */
export async function add(
  dataset: Dataset,
  name: string,
  rows: number,
  columns: Readonly<Record<string, readonly unknown[]>>,
  vectors: readonly Float32Array[] = [],
): Promise<void> {
  const table = await dataset.store.open(name);
  const schema = await table.schema();
  const filled = schema.fields.map((field): [string, Arrow.Vector] => {
    if (field.name === 'vector') return ['vector', vectorColumn(vectors)];
    const values = columns[field.name] ?? Array<unknown>(rows).fill(empty(field.type));
    return [field.name, arrow.vectorFromArray([...values], field.type)];
  });
  await table.add(new arrow.Table(schema, Object.fromEntries(filled)));
}

function vectorColumn(vectors: readonly Float32Array[]): Arrow.Vector {
  const numbers = new Float32Array(vectors.length * DIMENSIONS);
  for (const [index, vector] of vectors.entries()) numbers.set(vector, index * DIMENSIONS);
  const child = arrow.makeData({ type: new arrow.Float32(), length: numbers.length, nullCount: 0, data: numbers });
  const type = new arrow.FixedSizeList(DIMENSIONS, new arrow.Field('item', new arrow.Float32(), true));
  return arrow.makeVector(arrow.makeData({ type, length: vectors.length, nullCount: 0, child }));
}

function empty(type: Arrow.DataType): unknown {
  if (arrow.DataType.isUtf8(type)) return '';
  if (arrow.DataType.isInt(type)) return 0n;
  if (arrow.DataType.isTimestamp(type)) return 0;
  if (arrow.DataType.isList(type)) return [];
  if (arrow.DataType.isStruct(type)) return { name: '', id: '' };
  if (arrow.DataType.isBool(type)) return false;
  if (arrow.DataType.isFloat(type)) return 0;
  if (arrow.DataType.isBinary(type) || arrow.DataType.isLargeBinary(type)) return new Uint8Array();
  return null;
}
