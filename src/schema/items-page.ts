import type { Dataset } from '../core/dataset.ts';
import type { ItemFilter } from '../core/filter/item-filter.ts';
import type { OrderBy } from '../core/order/item-order.ts';
import { builder } from './builder.ts';
import { type Connection, connectionOf, endOf, type PageArgs, pageOf } from './connection.ts';
import type { SchemaContext } from './context.ts';
import { type FilterInput, itemFilterOf } from './filter.ts';
import type { ItemNode } from './refs.ts';

const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which way a column is ordered; strings are compared by code points, and missing values come last.',
  values: {
    ASC: { description: 'The least, or earliest, first.' },
    DESC: { description: 'The greatest, or latest, first.' },
  } as const,
});

export const OrderByInput = builder.inputType('OrderBy', {
  description: 'One column to order by.',
  fields: (t) => ({
    column: t.string({ required: true, description: 'One of `itemColumns`, exactly so.' }),
    direction: t.field({
      type: OrderDirectionEnum,
      required: true,
      defaultValue: 'ASC',
      description: 'Which way.',
    }),
  }),
});

interface ItemsArgs extends PageArgs {
  readonly filter?: typeof FilterInput.$inferInput | null | undefined;
  readonly orderBy?: readonly OrderBy[] | null | undefined;
}

/** One page of a dataset's items. @throws ValidationError */
export async function itemsPage(
  dataset: Dataset,
  args: ItemsArgs,
  context: SchemaContext,
): Promise<Connection<ItemNode>> {
  const { signal, timeoutMs } = context;
  const filter = itemFilterOf(args.filter);
  const orderBy = args.orderBy ?? [];
  if (orderBy.length > 0) return orderedPage(dataset, { ...args, filter, orderBy }, context);
  const total = await dataset.items.count(filter, { signal });
  const page = pageOf(args, total, context);
  const items = await dataset.items.list({ ...page, filter, signal, timeoutMs });
  return connectionOf(
    items.map((item) => ({ dataset, item })),
    page,
    total,
  );
}

async function orderedPage(
  dataset: Dataset,
  args: PageArgs & { readonly filter: ItemFilter | undefined; readonly orderBy: readonly OrderBy[] },
  context: SchemaContext,
): Promise<Connection<ItemNode>> {
  const { filter, orderBy, after, before } = args;
  const between = { after: after ?? undefined, before: before ?? undefined };
  const { signal, timeoutMs } = context;
  const ordered = { orderBy, filter, ...endOf(args, context), ...between };
  const page = await dataset.items.ordered({ ...ordered, signal, timeoutMs });
  return {
    edges: page.edges.map(({ item, cursor }) => ({ cursor, node: { dataset, item } })),
    pageInfo: {
      hasPreviousPage: page.hasPrevious,
      hasNextPage: page.hasNext,
      startCursor: page.edges.at(0)?.cursor ?? null,
      endCursor: page.edges.at(-1)?.cursor ?? null,
    },
    totalCount: page.total,
  };
}
