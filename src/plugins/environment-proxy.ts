import * as http from 'node:http';

/** Not among the types of the Node that it came with. */
const { setGlobalProxyFromEnv } = http as typeof http & {
  setGlobalProxyFromEnv(environment: Readonly<Record<string, string | undefined>>): void;
};

const THIS_MACHINE = 'localhost,127.0.0.1,::1';

/** Lets `fetch` go through the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY; this machine's servers are asked directly. */
export function useEnvironmentProxy(): void {
  // biome-ignore lint/style/noProcessEnv: these variables have the same names for every program.
  const environment = process.env;
  const exceptions = [environment.no_proxy || environment.NO_PROXY, THIS_MACHINE];
  setGlobalProxyFromEnv({ ...environment, no_proxy: exceptions.filter(Boolean).join(',') });
}
