import type { ModelContext } from '../embedding-plugin.ts';
import type { ServerOptions } from './server-options.ts';

export type ServerChoice =
  | { readonly found: true; readonly url: string; readonly keyVariable: string | undefined }
  | { readonly found: false; readonly reason: string };

/** A function, and where its server is unless it is said. */
export interface ServerKind {
  readonly function: string;
  readonly usualUrl?: string;
}

/**
 * The server that the options name. They come from tables, which come from anywhere: pictures, texts and keys go to
 * servers of this machine, and to those that the configuration names.
 */
export function chooseServer(kind: ServerKind, options: ServerOptions, context: ModelContext): ServerChoice {
  const { name, base_url: given, api_key_env: keyVariable } = options;
  const configured = (context.servers ?? []).filter((server) => server.function === kind.function);
  const server =
    given === undefined
      ? configured.find(({ models }) => models.includes(name))
      : configured.find(({ url }) => withoutSlash(url) === withoutSlash(given));
  if (server !== undefined) {
    return { found: true, url: withoutSlash(server.url), keyVariable: keyVariable ?? server.apiKeyEnv };
  }
  const url = given ?? kind.usualUrl;
  const entry = JSON.stringify({ function: kind.function, url: url ?? 'http://HOST:PORT', models: [name] });
  if (url === undefined) {
    const reason = `No server is named for the model "${name}": name it with the option base_url, or in the configuration as "modelServers": [${entry}].`;
    return { found: false, reason };
  }
  if (isThisMachine(url)) return { found: true, url: withoutSlash(url), keyVariable };
  const reason = `The server ${url} is not asked for the model "${name}", for the configuration does not name it: where it may have the pictures, add "modelServers": [${entry}].`;
  return { found: false, reason };
}

function isThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
