import type {
  EmbeddingModel,
  EmbeddingPlugin,
  ImageRuns,
  KnownModel,
  ModelContext,
  ModelLocation,
  ModelProcess,
  OptionsResult,
} from '../plugins/embedding-plugin.ts';
import { EmbeddingError } from '../plugins/embedding-plugin.ts';
import { PluginError, ValidationError } from './errors.ts';

/** What the core asks of whoever holds the plugins; it is handed in where the program is put together. */
export interface EmbeddingModels {
  readonly plugins: readonly EmbeddingPlugin[];
  /** What models are loaded with. */
  readonly context: ModelContext;
  /** Of the models that are loaded now. */
  readonly processes: readonly ModelProcess[];
  /** The plugin that serves an embedding function, such as `open-clip`. */
  pluginFor(embeddingFunction: string): EmbeddingPlugin | undefined;
  /** The models that a plugin could load now, and those it knows by name. */
  modelsOf(plugin: EmbeddingPlugin): Promise<readonly KnownModel[]>;
  parseOptions(embeddingFunction: string, options: unknown): Promise<OptionsResult<Record<string, unknown>>>;
  locate(embeddingFunction: string, options: unknown): Promise<ModelLocation>;
  /** A model that is shared and stays loaded; asking again after it failed loads it anew. */
  load(
    embeddingFunction: string,
    options: unknown,
    call: { readonly signal?: AbortSignal | undefined },
  ): Promise<EmbeddingModel>;
  /** The same model once more, with these runs, for the caller alone, who disposes of it. */
  loadApart(
    embeddingFunction: string,
    options: unknown,
    imageRuns: ImageRuns,
    call: { readonly signal?: AbortSignal | undefined },
  ): Promise<EmbeddingModel>;
  /**
   * From now on the model is loaded with these runs, or as the plugin sees fit. One that is loaded otherwise ends when
   * those who have it do not call it any more.
   */
  prefer(embeddingFunction: string, options: unknown, imageRuns: ImageRuns | undefined): Promise<void>;
}

/** What a plugin says of itself to those who ask which plugins there are. */
export interface PluginStanding {
  readonly available: boolean;
  /** Why it cannot run here; null where it can. */
  readonly reason: string | null;
  readonly models: readonly KnownModel[];
}

/** One that fails to say which models it has counts as one that cannot run, and hides no other. */
export async function pluginStanding(models: EmbeddingModels, plugin: EmbeddingPlugin): Promise<PluginStanding> {
  const [availability, known] = await Promise.all([
    plugin.availability(),
    models.modelsOf(plugin).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
  ]);
  const failed = known instanceof Error;
  const reason = availability.available ? (failed ? known.message : null) : availability.reason;
  return { available: reason === null, reason, models: failed ? [] : known };
}

/**
 * The plugin of an embedding function, where it can run here.
 * @throws PluginError PLUGIN_UNAVAILABLE
 */
async function availablePlugin(models: EmbeddingModels, embeddingFunction: string): Promise<EmbeddingPlugin> {
  const plugin = models.pluginFor(embeddingFunction);
  if (plugin === undefined) {
    const known = models.plugins.flatMap((each) => each.functions).join(', ');
    throw new PluginError(
      'PLUGIN_UNAVAILABLE',
      `No plugin here serves the embedding function "${embeddingFunction}"; there are: ${known}.`,
      { plugin: embeddingFunction },
    );
  }
  const availability = await plugin.availability();
  if (!availability.available) {
    throw new PluginError('PLUGIN_UNAVAILABLE', `The plugin "${plugin.name}" cannot run here: ${availability.reason}`, {
      plugin: plugin.name,
    });
  }
  return plugin;
}

/**
 * Options with their defaults.
 * @throws PluginError PLUGIN_UNAVAILABLE
 * @throws ValidationError with paths below `options`
 */
export async function checkedOptions(
  models: EmbeddingModels,
  embeddingFunction: string,
  options: unknown,
): Promise<Record<string, unknown>> {
  const plugin = await availablePlugin(models, embeddingFunction);
  const result = await models.parseOptions(embeddingFunction, options).catch((error: unknown) => {
    throw asPluginError(error, plugin.name);
  });
  if (result.issues === undefined) return result.value;
  throw new ValidationError(
    result.issues.map((issue) => {
      const path = (issue.path ?? []).map((step) => String(typeof step === 'object' ? step.key : step));
      const name = path.length === 0 ? '' : ` "${path.join('.')}"`;
      return { path: ['options', ...path], message: `Option${name} of ${embeddingFunction}: ${issue.message}.` };
    }),
  );
}

/**
 * Where the model that these options name is; it is not loaded.
 * @throws PluginError PLUGIN_UNAVAILABLE, MODEL_MISSING
 */
export async function locatedModel(
  models: EmbeddingModels,
  embeddingFunction: string,
  options: unknown,
): Promise<{
  readonly plugin: string;
  readonly name: string;
  readonly dimensions: number | null;
  readonly pinned?: Readonly<Record<string, unknown>> | undefined;
}> {
  const plugin = await availablePlugin(models, embeddingFunction);
  const location = await models.locate(embeddingFunction, options).catch((error: unknown) => {
    throw asPluginError(error, plugin.name);
  });
  const { name } = location;
  if (location.installed) return { plugin: plugin.name, ...location };
  throw new PluginError('MODEL_MISSING', location.reason, { plugin: plugin.name, model: name });
}

/** The options that name for ever what these name now, as far as their plugin can say it. */
export async function pinnedOptions<Options extends Readonly<Record<string, unknown>>>(
  models: EmbeddingModels,
  embeddingFunction: string,
  options: Options,
): Promise<Readonly<Record<string, unknown>>> {
  const location = await models.locate(embeddingFunction, options);
  return (location.installed ? location.pinned : undefined) ?? options;
}

/**
 * Loads the model that a table or a query needs.
 * @throws PluginError PLUGIN_UNAVAILABLE, MODEL_MISSING or MODEL_FAILED
 */
export async function loadModel(
  models: EmbeddingModels,
  embeddingFunction: string,
  options: unknown,
  call: { readonly signal?: AbortSignal | undefined },
): Promise<EmbeddingModel> {
  const { plugin, name } = await locatedModel(models, embeddingFunction, options);
  try {
    return await models.load(embeddingFunction, options, call);
  } catch (error) {
    throw asPluginError(error, plugin, name);
  }
}

/** What a model's failure is to a client; other errors, an abort among them, stay what they are. */
export function asPluginError(error: unknown, plugin: string, model?: string): unknown {
  if (!(error instanceof EmbeddingError)) return error;
  const code = error.code === 'MODEL_MISSING' || error.code === 'PLUGIN_UNAVAILABLE' ? error.code : 'MODEL_FAILED';
  return new PluginError(code, error.message, { plugin, model, cause: error });
}
