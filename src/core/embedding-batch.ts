import { makeArrowTable } from '@lancedb/lancedb';
import type * as Arrow from 'apache-arrow';
import { arrow } from './arrow.ts';

/**
 * Rows as Arrow has them. The vectors are copied as they are: LanceDB's own conversion takes them
 * apart number by number, which keeps a server from answering for tens of milliseconds.
 * @param rows without their vectors, which are all of the length that `schema` has
 */
export function embeddingBatch(
  rows: Record<string, unknown>[],
  vectors: readonly Float32Array[],
  schema: Arrow.Schema,
  vectorColumn: string,
): Arrow.Table {
  const others = makeArrowTable(rows, {
    schema: new arrow.Schema(schema.fields.filter((field) => field.name !== vectorColumn)),
  });
  const columns: Record<string, Arrow.Vector> = {};
  for (const { name, type } of schema.fields) {
    const column = name === vectorColumn ? vectorsOf(vectors, type) : others.getChild(name);
    if (column !== null) columns[name] = column;
  }
  return new arrow.Table(schema, columns);
}

function vectorsOf(vectors: readonly Float32Array[], type: Arrow.DataType): Arrow.Vector {
  if (!arrow.DataType.isFixedSizeList(type)) throw new TypeError(`A column of ${type} holds no vectors.`);
  const numbers = new Float32Array(vectors.length * type.listSize);
  for (const [index, vector] of vectors.entries()) numbers.set(vector, index * type.listSize);
  const child = arrow.makeData({ type: new arrow.Float32(), data: numbers });
  return arrow.makeVector(arrow.makeData({ type, length: vectors.length, nullCount: 0, child }));
}
