import type { Dataset } from '../core/dataset.ts';
import {
  type Connection,
  connectionOf,
  cursorOf,
  notOfThisList,
  type PageArgs,
  pageOf,
  placeOf,
} from './connection.ts';
import type { SchemaContext } from './context.ts';
import type { ViewNode } from './refs.ts';

/**
 * One page of a dataset's views, table after table. A cursor is a place in its table, so that rows that are added to
 * the tables before it move nothing.
 * @throws ValidationError
 */
export async function viewsPage(
  dataset: Dataset,
  { table, ...args }: PageArgs & { readonly table: string | undefined },
  context: SchemaContext,
): Promise<Connection<ViewNode>> {
  const { signal } = context;
  const starts = new Map<string, number>();
  let total = 0;
  for (const each of await dataset.views.counts({ table }, { signal })) {
    starts.set(each.table, total);
    total += each.count;
  }
  const page = pageOf(args, total, context, (argument, cursor) => {
    const { offset, key } = placeOf(argument, cursor);
    const start = starts.get(key);
    if (start === undefined) throw notOfThisList(argument, cursor);
    return start + offset;
  });
  const views = page.limit === 0 ? [] : await Array.fromAsync(dataset.views.stream({ table }, { ...page, signal }));
  const nodes = views.map((view) => ({ dataset, view }));
  return connectionOf(nodes, page, total, (offset, { view }) =>
    cursorOf(offset - (starts.get(view.table) ?? 0), view.table),
  );
}
