import type { Dataset } from '../core/dataset.ts';
import { NotFoundError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import type { SchemaContext } from './context.ts';
import { idOf } from './global-id.ts';
import type { EmbeddingTableNode, ItemNode } from './refs.ts';

/** The dataset of a global id. @throws NotFoundError */
export async function datasetOfId(context: SchemaContext, globalId: string): Promise<Dataset> {
  const folder = idOf('Dataset', globalId);
  const dataset = await context.library.find({ folder });
  if (dataset === null) throw new NotFoundError(`The dataset in the folder "${shown(folder)}" is gone.`);
  return dataset;
}

/** An item that something else refers to; without attributes where it is gone, as Pixano 0.6's `delete_data` leaves it. */
export async function itemOf(context: SchemaContext, dataset: Dataset, id: string): Promise<ItemNode> {
  const item = (await context.loaders.item(dataset, id)) ?? { id, attributes: {} };
  return { dataset, item };
}

/** An embedding table, though it cannot be read; null where there is none of that name. */
export async function embeddingTableOf(
  { loaders }: SchemaContext,
  dataset: Dataset,
  name: string,
): Promise<EmbeddingTableNode | null> {
  const unreadable = await loaders.once(dataset, 'unreadableTables', () => dataset.unreadableTables());
  const table = unreadable.find((each) => each.name === name) ?? (await loaders.embeddingTable(dataset, name));
  return table === null ? null : { dataset, table };
}
