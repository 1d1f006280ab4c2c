import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Library } from '../core/library.ts';

const { R_OK, W_OK, X_OK } = constants;

/** Of a check that has come to nothing: why is for the log of the machine, and no path leaves it. */
type Check = 'ok' | 'starting' | 'stopping' | 'unreadable' | 'unwritable';

/**
 * What a supervisor asks: `/healthz`, whether the process answers, and `/readyz`, whether it can do its work. Both are
 * answered from the moment on which it listens, and cost a few calls of the system.
 */
export class Health {
  readonly #library: Library;
  #service: 'ok' | 'starting' | 'stopping' = 'starting';

  constructor(library: Library) {
    this.#library = library;
  }

  started(): void {
    this.#service = 'ok';
  }

  stopping(): void {
    this.#service = 'stopping';
  }

  /** @returns whether it was a question of health */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (path !== '/healthz' && path !== '/readyz') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return true;
    }
    const checks = path === '/healthz' ? {} : await this.#checks();
    const ok = Object.values(checks).every((check) => check === 'ok');
    const text = `${JSON.stringify(path === '/healthz' ? { status: 'ok' } : { ready: ok, checks })}\n`;
    response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : text);
    return true;
  }

  async #checks(): Promise<Readonly<Record<string, Check>>> {
    const { path, state } = this.#library;
    // A folder that is lost under a mount of a network may be there and not be listed.
    const library = access(path, R_OK | X_OK).then(() => readdir(path));
    const written = access(state.path, W_OK | X_OK);
    const [readable, writable] = await Promise.allSettled([library, written]);
    return {
      service: this.#service,
      library: readable.status === 'fulfilled' ? 'ok' : 'unreadable',
      state: writable.status === 'fulfilled' ? 'ok' : 'unwritable',
    };
  }
}
