import { z } from 'zod';
import { INDEX_ROWS } from '../core/index/vector-indexes.ts';
import { isHostName, isOrigin } from '../server/access.ts';
import { limitsSchema } from './limits-schema.ts';
import { notes } from './setting-notes.ts';

/** What a timer can count. */
const MOST_SECONDS = 2_000_000;

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

/**
 * All settings of Viewfinder, each declared here (those of `limits` in limits-schema.ts) and nowhere else: a flag, the
 * environment and the configuration file give the same ones, `serve --print-config` and the table in docs/operations.md
 * show them.
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
  limits: limitsSchema,
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
