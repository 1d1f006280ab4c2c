import { isIP } from 'node:net';
import { ValidationError } from './errors.ts';

interface Host {
  /** As a URL has it: in lower case, an address of IPv6 in brackets. */
  readonly name: string;
  /** Null where it is that of the protocol. */
  readonly port: string | null;
  /** Whether it may be on this machine or in its own network. */
  readonly private: boolean;
}

const PRIVATE = 'private:';

/** The hosts that may be asked for pictures. */
export class MediaHosts {
  readonly #hosts: readonly Host[];

  /**
   * @param entries names such as `images.example.org`, with a port where it is not that of the
   *   protocol. `localhost` and IP addresses stand for themselves; another name that leads into a
   *   private network is allowed to only where `private:` stands before it.
   * @throws ValidationError
   */
  constructor(entries: readonly string[]) {
    this.#hosts = entries.map(parse);
  }

  allows(url: URL): boolean {
    return this.#find(url) !== undefined;
  }

  allowsPrivate(url: URL): boolean {
    return this.#find(url)?.private ?? false;
  }

  #find({ protocol, hostname, port }: URL): Host | undefined {
    if (protocol !== 'http:' && protocol !== 'https:') return undefined;
    const usual = protocol === 'https:' ? '443' : '80';
    return this.#hosts.find((host) => host.name === hostname && (host.port ?? usual) === (port || usual));
  }
}

function parse(entry: string): Host {
  const named = entry.startsWith(PRIVATE);
  const text = named ? entry.slice(PRIVATE.length) : entry;
  const url = /[/?#@\\\s]/.test(text) ? null : URL.parse(`http://${text}`);
  if (url === null) {
    const message = `"${entry}" is no host: write it as images.example.org, or images.example.org:8443 with a port.`;
    throw ValidationError.at('mediaHosts', message);
  }
  const { hostname: name } = url;
  const itself = name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  return { name, port: /:(\d+)$/.exec(text)?.[1] ?? null, private: named || itself };
}
