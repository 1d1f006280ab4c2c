import { makeArrowTable } from '@lancedb/lancedb';
import type { Dataset } from '../../src/core/dataset.ts';

export interface NewView {
  readonly id: string;
  /** Of its picture; that of the view that it is a copy of where it is left out. */
  readonly url?: string;
  readonly itemId?: string;
}

/** More rows in a table of pictures of the items library, each a copy of one that is there. */
export async function addViews(dataset: Dataset, views: readonly NewView[], name = 'image'): Promise<void> {
  const table = await dataset.store.open(name);
  const rows = await dataset.getData('image');
  const copies = views.map(({ id, url, itemId }, index) => {
    const values = rows[index % rows.length]?.values ?? {};
    return {
      ...values,
      id,
      url: url ?? values.url,
      item_ref: itemId === undefined ? values.item_ref : { name: 'item', id: itemId },
      created_at: new Date(),
      updated_at: new Date(),
      width: BigInt(Number(values.width)),
      height: BigInt(Number(values.height)),
    };
  });
  await table.add(makeArrowTable(copies, { schema: await table.schema() }));
}

/** So many copies of the pictures that are there, named `copy-0` and so on. */
export async function addCopies(dataset: Dataset, count: number): Promise<void> {
  await addViews(
    dataset,
    Array.from({ length: count }, (_, index) => ({ id: `copy-${index}` })),
  );
}

/** More rows in the table of pictures of the records library, each with the bytes of the first; of its record too where none is named. */
export async function addPictures(
  dataset: Dataset,
  pictures: readonly { readonly id: string; readonly itemId?: string; readonly name?: string }[],
): Promise<void> {
  const table = await dataset.store.open('images');
  const [row] = await dataset.getData('images', { limit: 1 });
  const copies = pictures.map(({ id, itemId, name }) => ({
    ...row?.values,
    id,
    record_id: itemId ?? row?.values.record_id,
    logical_name: name ?? 'image',
    width: 96n,
    height: 96n,
  }));
  await table.add(makeArrowTable(copies, { schema: await table.schema() }));
}
