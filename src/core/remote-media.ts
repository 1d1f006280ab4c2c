import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns';
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import type { LookupFunction } from 'node:net';
import { MediaError } from './media.ts';
import { MediaHosts } from './media-hosts.ts';
import { isPrivateAddress } from './private-address.ts';

/** Gives all addresses of a name, as that of `node:dns`. */
type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface RemoteMediaOptions {
  /** Bytes of the largest picture that is taken into memory. */
  readonly largest: number;
  /** Milliseconds for one picture, redirects included. */
  readonly timeoutMs: number;
  readonly lookup: Lookup;
}

/** Of one picture, in the place of those of all. */
interface ReadOptions extends Partial<Pick<RemoteMediaOptions, 'largest' | 'timeoutMs'>> {
  readonly signal?: AbortSignal | undefined;
}

const DEFAULTS: RemoteMediaOptions = { largest: 256 * 1024 * 1024, timeoutMs: 30_000, lookup };
const MOST_REDIRECTS = 5;
/** Connections that a host is asked to keep up with. */
const CONNECTIONS = 8;

/** Pictures at http and https addresses, of the hosts that are allowed and of no other. */
export class RemoteMedia {
  readonly #hosts: MediaHosts;
  readonly #options: RemoteMediaOptions;
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS }),
  };

  /** @throws ValidationError where one of `hosts` is none; see {@link MediaHosts} */
  constructor(hosts: readonly string[], options: Partial<RemoteMediaOptions> = {}) {
    this.#hosts = new MediaHosts(hosts);
    this.#options = { ...DEFAULTS, ...options };
  }

  /** Whether the address is one that may be asked for; it need not answer. */
  serves(address: string): boolean {
    const url = URL.parse(address);
    return url !== null && this.#hosts.allows(url);
  }

  /** @throws MediaError, or the signal's reason when it aborted */
  async read(address: string, { signal, ...limits }: ReadOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const { largest, timeoutMs } = { ...this.#options, ...limits };
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return await this.#follow(address, largest, either);
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof MediaError) throw cause;
      const reason = timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : messageOf(cause);
      throw new MediaError('MEDIA_UNREACHABLE', `${address} cannot be had: ${reason}.`, { cause });
    }
  }

  async #follow(address: string, largest: number, signal: AbortSignal): Promise<Uint8Array> {
    let url = this.#allowed(address, address);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const response = await this.#get(url, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.destroy();
        url = this.#allowed(URL.parse(headers.location, url)?.href ?? headers.location, address);
        continue;
      }
      if (statusCode === 200) return body(response, address, largest);
      response.destroy();
      throw refused(address, statusCode);
    }
    throw new MediaError('MEDIA_UNREADABLE', `${address} redirects more than ${MOST_REDIRECTS} times.`);
  }

  /** @param from where it was met: the address itself, or one that redirects to it */
  #allowed(address: string, from: string): URL {
    const url = URL.parse(address);
    if (url !== null && this.#hosts.allows(url)) return url;
    const what = address === from ? address : `${from} redirects to ${address}, which`;
    const host = url?.host || 'its host';
    throw new MediaError(
      'MEDIA_FORBIDDEN',
      `${what} is not asked for: allow ${host} with --allow-media-host, or "mediaHosts" in the configuration.`,
    );
  }

  #get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
    const get = protocol === 'https:' ? httpsGet : httpGet;
    // The name is looked up once, and what it led to is what is connected to: it cannot be changed in between.
    const lookup = lookedUp(this.#options.lookup, { private: this.#hosts.allowsPrivate(url) });
    return new Promise((resolve, reject) => {
      get(url, { agent: this.#agents[protocol], signal, lookup }, resolve).on('error', reject);
    });
  }
}

async function body(response: IncomingMessage, address: string, largest: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = Number(response.headers['content-length'] ?? 0);
  if (size <= largest) {
    size = 0;
    for await (const chunk of response) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > largest) break;
    }
  }
  if (size <= largest) return Buffer.concat(chunks);
  response.destroy();
  throw new MediaError('MEDIA_TOO_LARGE', `${address} has more than ${largest} bytes, the most that are read.`);
}

/** Unless it is allowed to, finds no host in a private network, whatever its name server says. */
function lookedUp(lookup: Lookup, allowed: { readonly private: boolean }): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '');
      const inside = allowed.private ? undefined : addresses.find(({ address }) => isPrivateAddress(address));
      if (inside !== undefined) return callback(insideOf(hostname, inside.address), '');
      const [first] = addresses;
      if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family);
    });
  };
}

function insideOf(hostname: string, address: string): MediaError {
  return new MediaError(
    'MEDIA_FORBIDDEN',
    `${hostname} leads to ${address}, in a private network, and is not asked: allow it as private:${hostname} if that is right.`,
  );
}

function refused(address: string, status: number): MediaError {
  const message = `${address} was answered with the status ${status}.`;
  if (status === 404 || status === 410) return new MediaError('MEDIA_MISSING', message);
  const later = status >= 500 || status === 408 || status === 429;
  return new MediaError(later ? 'MEDIA_UNREACHABLE' : 'MEDIA_UNREADABLE', message);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
