import { makeArrowTable } from '@lancedb/lancedb';
import type { Dataset } from '../../src/core/dataset.ts';

/** What another program makes of a row's vector; null for none. */
export type Rewrite = (vector: Float32Array, index: number) => Float32Array | null;

/** Writes the rows of a table of the items layout anew, in their order, as another program would. */
export async function rewriteVectors(dataset: Dataset, table: string, rewrite: Rewrite): Promise<void> {
  const rows = await dataset.getData(table);
  const lance = await dataset.store.open(table);
  const written = rows.map(({ values }, index) => {
    const { vector } = values;
    if (!(vector instanceof Float32Array)) throw new Error(`The row ${index} of "${table}" has no vector.`);
    const numbers = rewrite(vector, index);
    return { ...values, created_at: new Date(0), updated_at: new Date(0), vector: numbers && Array.from(numbers) };
  });
  await lance.delete('true');
  // Of LanceDB's ways to write this one takes NaN as well.
  const data = makeArrowTable(written, { schema: await lance.schema() });
  await lance.mergeInsert('id').whenNotMatchedInsertAll().execute(data);
}

/** Vectors rounded to so many bits after the first, as a model in half precision gives them. */
export function rounded(bits: number): Rewrite {
  return (vector) =>
    vector.map((component) => {
      const step = 2 ** (Math.floor(Math.log2(Math.abs(component))) - bits);
      return component === 0 ? 0 : Math.round(component / step) * step;
    });
}

/** Other rows of a view that has one already, under ids of their own. */
export async function addDuplicates(dataset: Dataset, table: string, count: number): Promise<void> {
  const lance = await dataset.store.open(table);
  const rows = (await dataset.getData(table, { limit: count })).map(({ values }, index) => {
    const vector = Array.from(values.vector instanceof Float32Array ? values.vector : []);
    return { ...values, id: `duplicate-${index}`, created_at: new Date(0), updated_at: new Date(0), vector };
  });
  await lance.add(makeArrowTable(rows, { schema: await lance.schema() }));
}
