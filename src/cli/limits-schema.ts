import { z } from 'zod';
import { DEFAULT_LIMITS, MB } from '../server/limits.ts';
import { notes } from './setting-notes.ts';

/** Most of a body or a message: while it is read it is in memory several times. */
const MOST_MB = 256;

/** What a client, a request and an operation may take of the service; the settings beside are in other units than the server's. */
export const limitsSchema = z
  .strictObject({
    depth: z.int().min(4).max(100).default(DEFAULT_LIMITS.depth).register(notes, {
      description: 'levels of fields of an operation',
    }),
    // GraphQL compares fields with each other: the time to check a document grows with the square of these.
    breadth: z.int().min(10).max(1_000).default(DEFAULT_LIMITS.breadth).register(notes, {
      description: 'fields of an operation, its fragments spread',
    }),
    cost: z.int().min(100).max(100_000_000).default(DEFAULT_LIMITS.cost).register(notes, {
      description: 'fields that an operation may answer with, as its pages multiply them',
    }),
    // A document of twice as many can exhaust the stack of its parser.
    tokens: z.int().min(200).max(4_000).default(DEFAULT_LIMITS.tokens).register(notes, {
      description: 'words and signs of a document; it may have 25 characters for each',
    }),
    aliases: z.int().min(0).max(1_000).default(DEFAULT_LIMITS.aliases).register(notes, {
      description: 'fields of an operation that are given another name, its fragments spread',
    }),
    variables: z.int().min(100).max(1_000_000).default(DEFAULT_LIMITS.variables).register(notes, {
      description: 'values in the variables of an operation, those within lists and objects counted',
    }),
    batch: z.int().min(0).max(100).default(DEFAULT_LIMITS.batch).register(notes, {
      description: 'operations that may come in one request as an array; no arrays with 0',
    }),
    bodyMb: z
      .number()
      .min(0.01)
      .max(MOST_MB)
      .default(DEFAULT_LIMITS.body / MB)
      .register(notes, {
        description: 'megabytes of a request, beside a picture that comes with it (`maxUploadMb`)',
      }),
    pageSize: z.int().min(50).max(10_000).default(DEFAULT_LIMITS.pageSize).register(notes, {
      description: 'nodes of a page, and ids that `nodes` takes',
    }),
    operationSeconds: z
      .number()
      .min(0.1)
      .max(86_400)
      .default(DEFAULT_LIMITS.operationMs / 1000)
      .register(notes, {
        description: 'seconds of a query or a mutation; subscriptions take as long as they take',
      }),
    websocketMessageMb: z
      .number()
      .min(0.01)
      .max(MOST_MB)
      .default(DEFAULT_LIMITS.websocketMessage / MB)
      .register(notes, {
        description: 'megabytes of a message over WebSocket',
      }),
    subscriptions: z
      .strictObject({
        client: z.int().min(1).max(1_000_000).default(DEFAULT_LIMITS.subscriptions.client).register(notes, {
          description: 'subscriptions, and as many WebSockets, that one client (an address) may have open at once',
        }),
        all: z.int().min(1).max(1_000_000).default(DEFAULT_LIMITS.subscriptions.all).register(notes, {
          description: 'the same of all clients together',
        }),
      })
      .prefault({}),
  })
  .prefault({});
