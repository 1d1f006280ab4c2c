import { isDeepStrictEqual } from 'node:util';
import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type EmbeddingPlugin,
  type ImageRuns,
  type KnownModel,
  type ModelContext,
  type ModelLocation,
  type ModelProcess,
  type OptionsResult,
} from './embedding-plugin.ts';
import { loadInChild } from './model-host.ts';
import { SharedModel, type SharedModelOptions } from './shared-model.ts';

/** A plugin, and the URL of the module whose default export it is. */
export interface RegisteredPlugin {
  readonly plugin: EmbeddingPlugin;
  readonly module: string;
}

export interface RegistryOptions extends SharedModelOptions {
  readonly plugins: readonly RegisteredPlugin[];
  readonly context: ModelContext;
}

/**
 * The plugins of one configuration, and the models that are loaded: one process for each plugin and
 * options, shared by all who ask for it, and ended when the registry is disposed of.
 */
export class PluginRegistry implements AsyncDisposable {
  readonly plugins: readonly EmbeddingPlugin[];
  /** What models are loaded with. */
  readonly context: ModelContext;
  readonly #sharing: SharedModelOptions;
  readonly #byFunction = new Map<string, RegisteredPlugin>();
  /** By plugin and options. */
  readonly #models = new Map<string, { readonly plugin: string; readonly model: SharedModel }>();
  /** Those that others have taken the place of, and that may still be in use. */
  readonly #retired = new Set<SharedModel>();
  readonly #preferred = new Map<string, ImageRuns>();
  #disposed = false;

  /** @throws Error where two plugins have one name or serve one function */
  constructor({ plugins, context, ...sharing }: RegistryOptions) {
    this.plugins = plugins.map(({ plugin }) => plugin);
    this.context = context;
    this.#sharing = sharing;
    const byName = new Map<string, RegisteredPlugin>();
    for (const registered of plugins) {
      const { plugin, module } = registered;
      const namesake = byName.get(plugin.name);
      if (namesake) {
        throw new Error(
          `Two plugins are named "${plugin.name}": ${namesake.module} and ${module}. Configure one of them.`,
        );
      }
      byName.set(plugin.name, registered);
      for (const name of plugin.functions) {
        const other = this.#byFunction.get(name);
        if (other) {
          throw new Error(
            `The plugins "${other.plugin.name}" and "${plugin.name}" both serve the function "${name}". Configure one of them.`,
          );
        }
        this.#byFunction.set(name, registered);
      }
    }
  }

  /** Of the models that are loaded now. */
  get processes(): readonly ModelProcess[] {
    const processes = Array.from(this.#models.values(), ({ plugin, model }) => ({ plugin, pid: model.pid }));
    return processes.filter((each): each is ModelProcess => each.pid !== undefined);
  }

  pluginFor(functionName: string): EmbeddingPlugin | undefined {
    return this.#byFunction.get(functionName)?.plugin;
  }

  /** The models that a plugin could load now, and those that it knows by name. */
  modelsOf(plugin: EmbeddingPlugin): Promise<readonly KnownModel[]> {
    return plugin.models(this.context);
  }

  /**
   * Checks options and fills in defaults. The value is JSON, to be kept in a table's metadata.
   *
   * @throws EmbeddingError PLUGIN_UNAVAILABLE where no plugin serves the function
   */
  async parseOptions(functionName: string, options: unknown): Promise<OptionsResult<Record<string, unknown>>> {
    const { plugin } = this.#registered(functionName);
    const result = await plugin.options['~standard'].validate(options);
    if (result.issues) return result;
    if (isRecord(result.value)) return { value: result.value };
    return { issues: [{ message: `The plugin "${plugin.name}" makes no object of its options.` }] };
  }

  /** @throws EmbeddingError PLUGIN_UNAVAILABLE; MODEL_REFUSED where the options are wrong */
  async locate(functionName: string, options: unknown): Promise<ModelLocation> {
    const { plugin } = this.#registered(functionName);
    return plugin.locate(await this.#options(functionName, options), this.context);
  }

  /**
   * The model that these options name, loaded when it is not. It is the registry's: to dispose of it does
   * nothing. After its process has died, ask again for a new one.
   *
   * @throws EmbeddingError PLUGIN_UNAVAILABLE; MODEL_REFUSED where the options are wrong; what loading throws
   */
  async load(
    functionName: string,
    options: unknown,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<EmbeddingModel> {
    signal?.throwIfAborted();
    const { plugin, module } = this.#registered(functionName);
    const parsed = await this.#options(functionName, options);
    if (this.#disposed) throw new Error('The plugin registry is already disposed of.');
    const key = keyOf(plugin, parsed);
    const known = this.#models.get(key);
    const context = { ...this.context, imageRuns: this.#preferred.get(key) };
    const model = known?.model.usable ? known.model : new SharedModel(module, parsed, context, this.#sharing);
    this.#models.set(key, { plugin: plugin.name, model });
    return model.borrow(signal);
  }

  /**
   * The model once more, in a process for the caller alone, who disposes of it.
   *
   * @throws EmbeddingError as `load` does
   */
  async loadApart(
    functionName: string,
    options: unknown,
    imageRuns: ImageRuns,
    { signal }: CallOptions = {},
  ): Promise<EmbeddingModel> {
    const { module } = this.#registered(functionName);
    const parsed = await this.#options(functionName, options);
    const { timeouts } = this.#sharing;
    return loadInChild(module, parsed, { ...this.context, imageRuns }, { timeouts, ...(signal && { signal }) });
  }

  /**
   * From now on the model is loaded with these runs, or as the plugin sees fit. One that is loaded otherwise goes when
   * nobody calls it any more.
   */
  async prefer(functionName: string, options: unknown, imageRuns: ImageRuns | undefined): Promise<void> {
    const { plugin } = this.#registered(functionName);
    const key = keyOf(plugin, await this.#options(functionName, options));
    if (imageRuns === undefined) this.#preferred.delete(key);
    else this.#preferred.set(key, imageRuns);
    const model = this.#models.get(key)?.model;
    if (model === undefined || isDeepStrictEqual(model.imageRuns, imageRuns)) return;
    this.#models.delete(key);
    this.#retired.add(model);
    model.retire();
  }

  /** Ends the models' processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const models = [...Array.from(this.#models.values(), ({ model }) => model), ...this.#retired];
    this.#models.clear();
    await Promise.all(models.map((model) => model[Symbol.asyncDispose]()));
  }

  async #options(functionName: string, options: unknown): Promise<Record<string, unknown>> {
    const result = await this.parseOptions(functionName, options);
    if (result.issues === undefined) return result.value;
    const issues = result.issues.map(({ message, path = [] }) => {
      const place = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
      return place === '' ? message : `${place}: ${message}`;
    });
    const message = `The options of the function "${functionName}" are wrong: ${issues.join('; ')}.`;
    throw new EmbeddingError('MODEL_REFUSED', 'final', message);
  }

  #registered(functionName: string): RegisteredPlugin {
    const registered = this.#byFunction.get(functionName);
    if (registered) return registered;
    const known = Array.from(this.#byFunction.keys()).join(', ') || 'none';
    const message = `No plugin serves the embedding function "${functionName}". Those that are served: ${known}.`;
    throw new EmbeddingError('PLUGIN_UNAVAILABLE', 'final', message);
  }
}

/** The same for the same model. */
function keyOf({ name }: EmbeddingPlugin, parsed: Record<string, unknown>): string {
  return JSON.stringify([name, parsed], sortedKeys);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For JSON.stringify: the same options give the same text, in whatever order their keys stand. */
function sortedKeys(_key: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
