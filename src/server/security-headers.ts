import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessOptions } from './access.ts';

/** What a browser may do with any answer, unless that says otherwise: nothing, neither now nor from a cache. */
export function setSecurityHeaders(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  { origins }: AccessOptions,
): void {
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  // A page that may call us may read what it gets, pictures and refusals too.
  if (origin !== undefined && origins.includes(origin)) response.setHeader('access-control-allow-origin', origin);
  if (origins.length > 0) response.setHeader('vary', 'origin');
  // Pages of other sites may show our pictures only where some page was given leave to call us.
  response.setHeader('cross-origin-resource-policy', origins.length === 0 ? 'same-site' : 'cross-origin');
}

/**
 * What the page of GraphiQL needs, which has all of its code within: its own scripts, by a number that is used once,
 * the editor's workers, its styles and fonts, and the service itself.
 */
export function graphiqlPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}
