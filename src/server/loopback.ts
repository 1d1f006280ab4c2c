import { isIP } from 'node:net';

/**
 * Whether whoever listens on this address is reached from this machine alone. Addresses have to be written out:
 * another name may lead anywhere, `0.0.0.0`, `::` and nothing at all are every address, and one of IPv4 that is
 * wrapped in one of IPv6 can be written as it is.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const version = isIP(host);
  if (version === 4) return host.startsWith('127.');
  return version === 6 && URL.parse(`http://[${host}]`)?.hostname === '[::1]';
}
