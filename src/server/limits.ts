import { LARGEST_PAGE } from '../schema/page-size.ts';

/** What one client, one request and one operation may take of the service; see docs/operations.md, "Limits". */
export interface Limits {
  /** Levels of fields of an operation, fragments spread. */
  readonly depth: number;
  /** Fields of an operation, fragments spread. */
  readonly breadth: number;
  /** Fields that an operation may answer with: pages times what is asked of each of their nodes. */
  readonly cost: number;
  /** Words and signs of a document. */
  readonly tokens: number;
  /** Fields of an operation that are given another name, fragments spread. */
  readonly aliases: number;
  /** Values in the variables of an operation, those within lists and objects among them. */
  readonly variables: number;
  /** Operations in one request, as an array; with 0 an array is no request. */
  readonly batch: number;
  /** Bytes of a request beside a file that comes with it. */
  readonly body: number;
  /** Nodes of a page. */
  readonly pageSize: number;
  /** Milliseconds of a query or a mutation. */
  readonly operationMs: number;
  /** Bytes of a message over WebSocket. */
  readonly websocketMessage: number;
  /** Subscriptions that are open at once, and as many WebSockets. */
  readonly subscriptions: ShareLimits;
}

/** How many of something one client, known by its address, and all clients together may have at once. */
export interface ShareLimits {
  readonly client: number;
  readonly all: number;
}

export const MB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  depth: 16,
  breadth: 300,
  cost: 60_000,
  tokens: 2_000,
  aliases: 50,
  variables: 20_000,
  batch: 0,
  body: 2 * MB,
  pageSize: LARGEST_PAGE,
  operationMs: 60_000,
  websocketMessage: 2 * MB,
  subscriptions: { client: 6_000, all: 10_000 },
};
