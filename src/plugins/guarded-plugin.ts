import { z } from 'zod';
import { EmbeddingError, type EmbeddingPlugin } from './embedding-plugin.ts';

/** How long a plugin may take for a question that it answers in the server. */
const LIMIT_MS = 30_000;

const dimensions = z.int().min(1).nullable();
const availability = z.union([
  z.object({ available: z.literal(true) }),
  z.object({ available: z.literal(false), reason: z.string() }),
]);
const models = z.array(z.object({ name: z.string(), dimensions, installed: z.boolean() }));
const location = z.union([
  z.object({
    installed: z.literal(true),
    name: z.string(),
    dimensions,
    pinned: z.record(z.string(), z.json()).optional(),
  }),
  z.object({ installed: z.literal(false), name: z.string(), reason: z.string() }),
]);
const issues = z.array(z.looseObject({ message: z.string() })).min(1);
/** Options are kept in tables, and cross a process boundary. */
const optionsResult = z.union([z.object({ issues }), z.object({ value: z.json(), issues: z.undefined().optional() })], {
  error: 'it gives neither issues nor a value that JSON can say',
});

/**
 * The same plugin, whose answers in the server are checked and have a time limit: it throws nothing but
 * EmbeddingErrors that name it, and where it fails to say whether it can run here, it cannot.
 */
export function guardedPlugin(plugin: EmbeddingPlugin, limitMs = LIMIT_MS): EmbeddingPlugin {
  const ask = async <Answer>(method: string, schema: z.ZodType<unknown>, call: () => Answer | Promise<Answer>) => {
    try {
      const answer = await inTime(call, limitMs);
      schema.parse(answer);
      return answer;
    } catch (cause) {
      throw failure(plugin.name, method, cause);
    }
  };
  const { apiVersion, name, version, description, functions, modalities, remote } = plugin;
  const standard = plugin.options['~standard'];
  const { version: standardVersion, vendor, jsonSchema } = standard;
  const validate = (value: unknown) => ask('options', optionsResult, () => standard.validate(value));
  return {
    apiVersion,
    name,
    version,
    description,
    functions,
    modalities,
    remote,
    options: { '~standard': { version: standardVersion, vendor, jsonSchema, validate } },
    availability: () =>
      ask('availability', availability, () => plugin.availability()).catch((error: Error) => ({
        available: false,
        reason: error.message,
      })),
    models: (context) => ask('models', models, () => plugin.models(context)),
    locate: (options, context) => ask('locate', location, () => plugin.locate(options, context)),
    load: (options, context) => plugin.load(options, context),
  };
}

async function inTime<Answer>(call: () => Answer | Promise<Answer>, limitMs: number): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it gave no answer within ${limitMs / 1000} s`)), limitMs).unref();
  try {
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function failure(plugin: string, method: string, cause: unknown): EmbeddingError {
  if (cause instanceof EmbeddingError) return cause;
  const reason =
    cause instanceof z.ZodError
      ? z.prettifyError(cause).replaceAll('✖ ', '')
      : cause instanceof Error
        ? cause.message
        : String(cause);
  const message = `The plugin "${plugin}" failed at \`${method}\`: ${reason}`;
  return new EmbeddingError('MODEL_FAILED', 'final', message, { cause });
}
