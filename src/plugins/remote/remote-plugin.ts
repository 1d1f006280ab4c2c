import type { Availability, EmbeddingModel, KnownModel, ModelContext, ModelLocation } from '../embedding-plugin.ts';
import type { RemoteKind, RemoteOptions } from './remote-kind.ts';
import { chooseServer } from './server-choice.ts';

/** What the plugins of all servers have in common. */
export function remotePlugin<Options extends RemoteOptions>(kind: RemoteKind<Options>) {
  return {
    remote: true,

    /** A server is asked when it is needed. */
    async availability(): Promise<Availability> {
      return { available: true };
    },

    /** Those that the configuration names. */
    async models({ servers = [] }: ModelContext): Promise<readonly KnownModel[]> {
      const names = servers.filter((server) => server.function === kind.function).flatMap(({ models }) => models);
      return Array.from(new Set(names), (name) => ({ name, dimensions: null, installed: true }));
    },

    async locate(options: Options, context: ModelContext): Promise<ModelLocation> {
      const { name, dimensions = null } = options;
      const choice = chooseServer(kind, options, context);
      return choice.found ? { installed: true, name, dimensions } : { installed: false, name, reason: choice.reason };
    },

    async load(options: Options, context: ModelContext): Promise<EmbeddingModel> {
      // What is for pictures alone stays out of the server: this runs in the model's own process.
      const { loadRemoteModel } = await import('./load-remote-model.ts');
      return loadRemoteModel(kind, options, context);
    },
  };
}
