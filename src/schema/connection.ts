import type { ObjectRef } from '@pothos/core';
import { ValidationError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { builder } from './builder.ts';
import { DEFAULT_PAGE, PAGE_SIZES, type PageLimit, pageSizeOf } from './page-size.ts';

export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

type NodeRef<Node> = ObjectRef<(typeof builder)['$inferSchemaTypes'], Node, Node>;

/** Defines `NAMEConnection` and `NAMEEdge` for the nodes of a type. */
export function defineConnection<Node>(name: string, node: NodeRef<Node>) {
  const edge = builder.objectRef<Connection<Node>['edges'][number]>(`${name}Edge`).implement({
    description: `One place in a ${name}Connection.`,
    fields: (t) => ({
      cursor: t.exposeString('cursor', { description: 'Give it as `after` to go on behind this place.' }),
      node: t.expose('node', { type: node, description: 'What stands here.' }),
    }),
  });
  return builder.objectRef<Connection<Node>>(`${name}Connection`).implement({
    description: 'One page of a longer list.',
    fields: (t) => ({
      edges: t.field({ type: [edge], description: 'The page, with cursors.', resolve: (self) => [...self.edges] }),
      nodes: t.field({
        type: [node],
        description: 'The page, without cursors.',
        resolve: (self) => self.edges.map((each) => each.node),
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where the page stands.',
        resolve: (self) => self.pageInfo,
      }),
      totalCount: t.exposeInt('totalCount', { description: 'Length of the whole list.' }),
    }),
  });
}

/** Relay's arguments of a list, which is read from either end. */
export function pageArgs() {
  return builder.args((t) => ({
    first: t.int({
      description: `How many, ${PAGE_SIZES}; ${DEFAULT_PAGE} where it is left out.`,
    }),
    after: t.string({ description: 'The cursor behind which to begin.' }),
    last: t.int({
      description: `How many from the end, ${PAGE_SIZES}; not together with \`first\`.`,
    }),
    before: t.string({ description: 'The cursor before which to end.' }),
  }));
}

/** Where the node of a cursor stands in a list. */
type PlaceOf = (argument: 'after' | 'before', cursor: string) => number;

/**
 * The part of a list that Relay's arguments mean, counted from its beginning.
 * @throws ValidationError where a size is out of range (never a quiet cut) or a cursor is not ours
 */
export function pageOf(args: PageArgs, totalCount: number, limit: PageLimit, placeOf: PlaceOf = offsetOf): Page {
  const start = args.after == null ? 0 : placeOf('after', args.after) + 1;
  const end = args.before == null ? totalCount : Math.min(totalCount, placeOf('before', args.before));
  const { from, size } = endOf(args, limit);
  if (from === 'last') {
    const offset = Math.max(start, end - size);
    return { offset, limit: Math.max(0, end - offset) };
  }
  return { offset: start, limit: Math.max(0, Math.min(size, end - start)) };
}

/** How many of a list are asked for, and from which end. @throws ValidationError */
export function endOf({ first, last }: PageArgs, limit: PageLimit): { from: 'first' | 'last'; size: number } {
  if (first != null && last != null) throw ValidationError.at('last', 'Give "first" or "last", and not both.');
  if (last != null) return { from: 'last', size: pageSizeOf('last', last, limit) };
  return { from: 'first', size: pageSizeOf('first', first, limit) };
}

/** @param cursorAt of a node by its place in the whole list; the place itself, where nodes are added behind all others */
export function connectionOf<Node>(
  nodes: readonly Node[],
  page: Page,
  totalCount: number,
  cursorAt: (offset: number, node: Node) => string = (offset) => cursorOf(offset),
): Connection<Node> {
  const edges = nodes.map((node, index) => ({ cursor: cursorAt(page.offset + index, node), node }));
  return {
    edges,
    pageInfo: {
      hasPreviousPage: page.offset > 0 && totalCount > 0,
      hasNextPage: page.offset + page.limit < totalCount,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}

/**
 * One page of a list that is in memory as a whole. A cursor names its node, wherever that stands by now.
 * @param keyOf unique in the list
 */
export function connectionFromList<Node>(
  list: readonly Node[],
  args: PageArgs,
  limit: PageLimit,
  keyOf: (node: Node) => string,
): Connection<Node> {
  const keys = list.map(keyOf);
  const page = pageOf(args, list.length, limit, (argument, cursor) => {
    const { offset, key } = placeOf(argument, cursor);
    const now = keys.indexOf(key);
    if (now >= 0) return now;
    // It is gone, and the next one has its place.
    return argument === 'after' ? offset - 1 : offset;
  });
  const nodes = list.slice(page.offset, page.offset + page.limit);
  return connectionOf(nodes, page, list.length, (offset, node) => cursorOf(offset, keyOf(node)));
}

/** @param key what the offset is counted in, or whose it is; "" where that goes without saying */
export function cursorOf(offset: number, key = ''): string {
  return Buffer.from(`at:${offset}:${key}`).toString('base64url');
}

function offsetOf(argument: string, cursor: string): number {
  const { offset, key } = placeOf(argument, cursor);
  if (key !== '') throw notOfThisList(argument, cursor);
  return offset;
}

/** The reverse of `cursorOf`. @throws ValidationError */
export function placeOf(argument: string, cursor: string): { readonly offset: number; readonly key: string } {
  const match = /^at:(\d{1,12}):(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw notOfThisList(argument, cursor);
  return { offset: Number(match[1]), key: match[2] ?? '' };
}

export function notOfThisList(argument: string, cursor: string): ValidationError {
  return ValidationError.at(argument, `"${shown(cursor)}" is not a cursor of this list.`);
}

/** What a page of a connection costs: as much as its size times what is asked of each node. */
export function pageComplexity(defaultSize = DEFAULT_PAGE) {
  return (args: PageArgs) => ({ field: 1, multiplier: Math.max(1, args.first ?? args.last ?? defaultSize) });
}
