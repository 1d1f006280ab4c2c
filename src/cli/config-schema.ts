import { z } from 'zod';
import { INDEX_ROWS } from '../core/index/vector-indexes.ts';
import { isHostName, isOrigin } from '../server/access.ts';
import { DEFAULT_LIMITS, MB } from '../server/limits.ts';

/** What is said of a setting beside the values that it may have. */
export interface SettingNotes {
  readonly description: string;
  /** As commander writes it, where it has a flag beside `--set`. */
  readonly flag?: string;
  /** A variable that other programs know it by, which is looked into after our own. */
  readonly knownAs?: string;
  /** A path: relative to the configuration file, or to the working folder where it is not from there. */
  readonly folder?: true;
  /** Shown to nobody. */
  readonly secret?: true;
}

/** Each setting is what has notes here; an object without any holds settings of its own. */
export const notes = z.registry<SettingNotes>();

/** What a timer can count. */
const MOST_SECONDS = 2_000_000;

/** Most of a body or a message: while it is read it is in memory several times. */
const MOST_MB = 256;

const seconds = z.number().positive().max(MOST_SECONDS);
const texts = z.array(z.string());

const modelId = z
  .strictObject({ function: z.string(), options: z.record(z.string(), z.unknown()).default({}) })
  .transform(({ function: embeddingFunction, options }) => ({ embeddingFunction, options }));

/** A name and a password in an address would be shown with it. */
const httpUrl = () =>
  z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'It may not name a user.')
    // Paths are appended to it.
    .refine((url) => new URL(url).search === '' && new URL(url).hash === '', 'It may not have a query or a fragment.');

const modelServer = z.strictObject({
  function: z.string(),
  url: httpUrl(),
  models: texts.default([]),
  apiKeyEnv: z.string().optional(),
});

/** What a client, a request and an operation may take of the service; the settings beside are in other units than the server's. */
const limits = z
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

/**
 * All settings of Viewfinder, each declared here and nowhere else: a flag, the environment and the configuration file
 * give the same ones, `serve --print-config` and the table in docs/operations.md show them.
 */
export const configSchema = z.strictObject({
  library: z.string().min(1).optional().register(notes, {
    description: 'folder of Pixano datasets',
    flag: '--library <dir>',
    folder: true,
  }),
  media: z.string().min(1).optional().register(notes, {
    description: 'where relative picture addresses lead; "media" beside the library unless it is given',
    flag: '--media <dir>',
    folder: true,
  }),
  models: z.string().min(1).optional().register(notes, {
    description:
      'folder that holds one folder a model; "models" beside the library, then the user\'s cache, unless it is given',
    flag: '--models <dir>',
    folder: true,
  }),
  state: z.string().min(1).optional().register(notes, {
    description: 'where Viewfinder keeps files of its own; ".viewfinder" in the library unless it is given',
    flag: '--state <dir>',
    folder: true,
  }),
  host: z.string().min(1).default('127.0.0.1').register(notes, {
    description: 'address that `serve` listens on',
    flag: '--host <address>',
  }),
  port: z.int().min(0).max(65_535).default(4000).register(notes, {
    description: 'port to listen on; 0 takes a free one',
    flag: '--port <n>',
  }),
  tokens: texts
    .min(1)
    .default([])
    .register(notes, {
      description:
        'who is let in, each `SECRET` (who may do everything), `SCOPE:SECRET` or `SCOPE:NAME:SECRET`, where a scope is read, ' +
        'compute or admin; better not in a flag, which others on the machine can see for a moment',
      flag: '--token <token>',
      secret: true,
    }),
  insecure: z.boolean().default(false).register(notes, {
    description: 'listening beyond this machine without tokens, or with short ones',
    flag: '--insecure',
  }),
  allowHosts: z
    .array(z.string().refine(isHostName, 'It must be a name without a port, such as gallery.example.org.'))
    .default([])
    .register(notes, {
      description: 'further names by which clients may address the service, such as that of a reverse proxy',
      flag: '--allow-host <name...>',
    }),
  allowOrigins: z
    .array(z.string().refine(isOrigin, 'It must be an origin and nothing more, such as http://localhost:5173.'))
    .default([])
    .register(notes, {
      description: 'origins of web pages that may call it, such as http://localhost:5173',
      flag: '--allow-origin <origin...>',
    }),
  introspection: z.boolean().default(true).register(notes, {
    description:
      'whether clients may ask for the schema; without it, GraphiQL has no documentation and completes nothing',
  }),
  graphiql: z.boolean().default(true).register(notes, {
    description: 'whether browsers get GraphiQL at the address of the API',
  }),
  mediaHosts: texts.default([]).register(notes, {
    description: 'hosts that pictures with remote addresses may be read from',
    flag: '--allow-media-host <host>',
  }),
  busyTimeout: z.number().min(0).max(MOST_SECONDS).default(30).register(notes, {
    description: 'seconds for which another program that writes to a dataset is waited for',
    flag: '--busy-timeout <seconds>',
  }),
  resumeJobs: z.boolean().default(true).register(notes, {
    description: 'going on, in `serve`, with the jobs that its end interrupted',
    flag: '--no-resume',
  }),
  keepJobs: z.int().min(1).default(1000).register(notes, {
    description: 'how many jobs that have ended are remembered',
  }),
  keepThumbnailsMb: z.number().min(0).default(512).register(notes, {
    description: 'megabytes of thumbnails that `serve` keeps on disk; none with 0',
  }),
  maxUploadMb: z.number().positive().default(20).register(notes, {
    description: 'megabytes of the largest picture that a search may bring',
  }),
  limits,
  maxPixels: z.int().min(1).default(178_956_970).register(notes, {
    description: "pictures of more pixels are refused before they are decoded; the default is Pillow's limit",
  }),
  indexRows: z.int().min(1).default(INDEX_ROWS).register(notes, {
    description: 'rows from which an embedding table is searched by a vector index',
  }),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').register(notes, {
    description: 'what `serve` tells on stderr; info has a line for each operation',
  }),
  plugins: texts.default([]).register(notes, {
    description: "other people's plugins: npm packages or files",
  }),
  modelIds: z
    .record(z.string(), modelId)
    .default({})
    .register(notes, {
      description:
        "what a `model_id` of Pixano 0.8 stands for that is not a model folder's name, taken by open-clip: " +
        '`{"NAME": {"function": "…", "options": {…}}}`',
    }),
  modelServers: z
    .array(modelServer)
    .default([])
    .register(notes, {
      description:
        'servers of models beyond this machine that may be asked, and what they serve: ' +
        '`[{"function": "…", "url": "…", "models": ["…"], "apiKeyEnv": "…"}]`',
    }),
  modelHub: httpUrl().default('https://huggingface.co').register(notes, {
    description: 'the hub that `models pull` fetches models from, or a mirror of it; without a user',
    flag: '--hub <url>',
    knownAs: 'HF_ENDPOINT',
  }),
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto').register(notes, {
    description: 'where models run that run here; auto is a GPU where one can be used, else the CPU',
    flag: '--device <device>',
  }),
  threads: z.int().min(1).optional().register(notes, {
    description: 'CPU threads that a model may use; all cores unless it is given, and how it shares them is measured',
  }),
  batch: z.int().min(1).optional().register(notes, {
    description: 'pictures that a model gets at once, at most as many as it takes; measured unless it is given',
  }),
  timeLimits: z
    .strictObject({
      load: seconds.default(300).register(notes, {
        description: 'seconds that a model may take to load, before its process is ended',
      }),
      call: seconds.default(120).register(notes, {
        description: 'seconds that one call of a model may take, before its process is ended',
      }),
    })
    .prefault({}),
  unloadAfter: z
    .number()
    .min(0)
    .max(Math.floor(MOST_SECONDS / 60))
    .default(30)
    .register(notes, {
      description:
        'minutes without a call after which a model is unloaded, to be loaded anew by the next; never with 0',
    }),
});
