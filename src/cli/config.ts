import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ValidationError } from '../core/errors.ts';

/** What a timer can count. */
const MOST_SECONDS = 2_000_000;

const modelId = z
  .strictObject({ function: z.string(), options: z.record(z.string(), z.unknown()).default({}) })
  .transform(({ function: embeddingFunction, options }) => ({ embeddingFunction, options }));

const httpUrl = z.url({ protocol: /^https?$/ });

const modelServer = z.strictObject({
  function: z.string(),
  url: httpUrl,
  models: z.array(z.string()).default([]),
  apiKeyEnv: z.string().optional(),
});

const seconds = z.number().positive().max(MOST_SECONDS);

const config = z.strictObject({
  /** Other people's plugins: npm packages or files. */
  plugins: z.array(z.string()).default([]),
  library: z.string().optional(),
  media: z.string().optional(),
  models: z.string().optional(),
  /** Where Viewfinder keeps files of its own. */
  state: z.string().optional(),
  /** Hosts that views with remote addresses may be read from. */
  mediaHosts: z.array(z.string()).default([]),
  /** What each `model_id` of Pixano 0.8 stands for that is not a model folder's name, taken by open-clip. */
  modelIds: z.record(z.string(), modelId).default({}),
  /** Seconds for which another program that writes to a dataset is waited for. */
  busyTimeout: z.number().min(0).optional(),
  /** CPU threads that a model may use; all cores where it is left out. */
  threads: z.int().min(1).optional(),
  /** Pictures a call of a model; measured where it is left out. */
  batch: z.int().min(1).optional(),
  /** Seconds that a model may take to load (300), and for one call (120), before its process is ended. */
  timeLimits: z.strictObject({ load: seconds, call: seconds }).partial().default({}),
  /** Where models that run here run: `auto` is a GPU where one can be used, else the CPU. */
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  /** Minutes without a call after which a model is unloaded (30); 0 keeps it loaded. The next call loads it anew. */
  unloadAfter: z
    .number()
    .min(0)
    .max(MOST_SECONDS / 60)
    .optional(),
  /** Whether `serve` goes on with the jobs that its end interrupted. */
  resumeJobs: z.boolean().default(true),
  /** Jobs that have ended, of which the record is kept. */
  keepJobs: z.int().min(1).default(1000),
  /** Megabytes of thumbnails that `serve` keeps on disk; none with 0. */
  keepThumbnailsMb: z.number().min(0).default(512),
  /** Megabytes of the largest picture that a search may bring. */
  maxUploadMb: z.number().positive().default(20),
  /** Rows from which an embedding table is searched by a vector index; 50,000 where it is left out. */
  indexRows: z.int().min(1).optional(),
  /** Pictures of more pixels are refused; Pillow's limit, about 179 million, where it is left out. */
  maxPixels: z.int().min(1).optional(),
  /** The servers of models beyond this machine that may be asked, and what they serve. */
  modelServers: z.array(modelServer).default([]),
  /** Where `models pull` fetches models from. */
  modelHub: httpUrl.optional(),
});

/** What a configuration file says, with its paths absolute. */
export type Config = z.infer<typeof config> & { readonly folder: string };

const DEFAULT_FILES = ['viewfinder.config.json', 'viewfinder.config.ts'];

/**
 * Reads the configuration: the file that is named, else one of the default names in the working
 * folder, else nothing but defaults.
 * @throws ValidationError
 */
export async function readConfig(file: string | undefined): Promise<Config> {
  const path = file === undefined ? await defaultFile() : resolve(file);
  if (path === null) return { ...config.parse({}), folder: process.cwd() };
  const result = config.safeParse(await load(path));
  if (!result.success) {
    throw ValidationError.at('config', `${path} is not a configuration: ${z.prettifyError(result.error)}`);
  }
  const folder = dirname(path);
  const { library, media, models, state } = result.data;
  const absolute = (value: string | undefined) => (value === undefined ? undefined : resolve(folder, value));
  return {
    ...result.data,
    library: absolute(library),
    media: absolute(media),
    models: absolute(models),
    state: absolute(state),
    folder,
  };
}

async function defaultFile(): Promise<string | null> {
  for (const name of DEFAULT_FILES) {
    const path = join(process.cwd(), name);
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  return null;
}

async function load(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(path).href);
    return module.default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationError([{ path: ['config'], message: `${path} cannot be read: ${reason}` }], { cause });
  }
}
