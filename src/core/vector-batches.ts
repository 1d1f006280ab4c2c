import type * as Arrow from 'apache-arrow';
import type { Call } from './call.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import type { RowQuery } from './row.ts';

/**
 * Rows that are asked for at once. Of a query without a limit Lance reads ahead by hundreds of MB. Where
 * others write meanwhile, a row may be read twice or not at all, which is nothing to a verification.
 */
const PAGE = 16_384;

/** All rows of a table with their vectors, {@link PAGE} in memory at a time. @throws DatasetUnreadableError */
export async function* everyVector(table: EmbeddingTable, call: Call = {}): AsyncGenerator<Arrow.RecordBatch> {
  let read = PAGE;
  for (let offset = 0; read === PAGE; offset += PAGE) {
    read = 0;
    for await (const batch of vectorBatches(table, { ...call, offset, limit: PAGE })) {
      read += batch.numRows;
      yield batch;
    }
  }
}

/** Rows with their vectors, and what they say of their views. @throws DatasetUnreadableError */
export function vectorBatches(
  table: EmbeddingTable,
  rows: Omit<RowQuery, 'columns'>,
): AsyncGenerator<Arrow.RecordBatch> {
  return table.batches({ ...rows, columns: [...table.referenceColumns, table.space.vectorColumn] });
}

/**
 * The vector of each row of a batch, as a window into it; an empty one for a row that has none. By way of
 * Arrow's own accessors a million vectors take twice as long.
 */
export function vectorsOf(
  batch: Arrow.RecordBatch,
  { space, dimensions }: EmbeddingTable,
): (index: number) => Float32Array {
  const column = batch.getChild(space.vectorColumn);
  const data = column?.data[0];
  const numbers = data?.children[0]?.values;
  return (index) => {
    if (!column || !data?.getValid(index)) return new Float32Array(0);
    // Of a slice of a batch Arrow has sliced the numbers already.
    if (numbers instanceof Float32Array) return numbers.subarray(index * dimensions, (index + 1) * dimensions);
    return Float32Array.from(column.get(index), Number);
  };
}
