import { availableParallelism } from 'node:os';
import type { ModelContext } from './embedding-plugin.ts';
import { loadPlugins } from './load-plugins.ts';
import { PluginRegistry } from './registry.ts';

/** What a person says of plugins and models: in a configuration, or to the TypeScript API. */
export interface RegistrySettings extends Pick<ModelContext, 'maxPixels' | 'device' | 'servers'> {
  /** Other people's plugins: npm packages, or files relative to `base`. */
  readonly plugins: readonly string[];
  /** Absolute path. */
  readonly base: string;
  readonly modelFolders: readonly string[];
  /** CPU threads that a model may use; all cores where it is left out. */
  readonly threads?: number | undefined;
  readonly timeLimits?: TimeLimits | undefined;
  /** Minutes without a call after which a model is unloaded; 0 keeps it loaded. Default: 30. */
  readonly unloadAfter?: number | undefined;
}

/** In seconds. A model that passes one has its process ended. */
export interface TimeLimits {
  /** Of loading a model; 300 where it is left out. */
  readonly load?: number | undefined;
  /** Of one call; 120 where it is left out. */
  readonly call?: number | undefined;
}

/** @throws Error which says what is wrong with which plugin */
export async function openRegistry(settings: RegistrySettings): Promise<PluginRegistry> {
  const { base, modelFolders, threads = availableParallelism(), timeLimits = {}, unloadAfter = 30 } = settings;
  const { maxPixels, device, servers } = settings;
  const { load, call } = timeLimits;
  return new PluginRegistry({
    plugins: await loadPlugins(settings.plugins, base),
    context: { modelFolders, threads, maxPixels, device, servers },
    timeouts: { ...(load && { load: load * 1000 }), ...(call && { call: call * 1000 }) },
    idleMs: unloadAfter === 0 ? undefined : unloadAfter * 60_000,
  });
}
