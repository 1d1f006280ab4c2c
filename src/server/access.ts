import type { IncomingMessage } from 'node:http';

/** Which requests this service answers at all. */
export interface AccessOptions {
  /** Names, without a port, by which the service may be addressed. */
  readonly hosts: readonly string[];
  /** Origins of web pages, beside its own, that may call it, such as `http://localhost:5173`. */
  readonly origins: readonly string[];
}

export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Why a request is refused; null where it is not.
 *
 * The Host list stops a foreign page that has its own name resolve to this machine (DNS
 * rebinding); the Origin list stops it from calling directly, over HTTP or WebSocket.
 */
export function refusalOf(request: IncomingMessage, { hosts, origins }: AccessOptions): string | null {
  const host = request.headers.host ?? '';
  if (!hosts.includes(hostname(host))) {
    return `This service does not answer for the host "${host}"; start it with --allow-host to permit that.`;
  }
  const { origin } = request.headers;
  if (origin === undefined || origins.includes(origin)) return null;
  if (origin === `http://${host}` || origin === `https://${host}`) return null;
  return `Pages of "${origin}" may not call this service; start it with --allow-origin to permit that.`;
}

function hostname(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/** Whether a `Host` header can have it, beside a port. */
export function isHostName(text: string): boolean {
  return /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/i.test(text);
}

/** Whether an `Origin` header can have it. The origin `null` is that of whatever page hides its own. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}
