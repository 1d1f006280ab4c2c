import { z } from 'zod';
import { backOffMs, isPassing, retryAfterMs, waitMs } from '../back-off.ts';
import { networkReason } from '../network-error.ts';
import { HubError } from './hub-error.ts';

/** One file of a model, at one commit. */
export interface HubFile {
  /** From the model's root, with slashes. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal: the SHA-256 of a large file, else the name that git has for the content. */
  readonly checksum: { readonly kind: 'sha256' | 'git'; readonly value: string };
}

export interface HubModel {
  /** `ORGANISATION/NAME`. */
  readonly repository: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

export interface HubOptions {
  /** `https://huggingface.co`, or a mirror of it. */
  readonly url: string;
  readonly token: string | undefined;
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

const TRIES = 6;
/** How long nothing may come. */
const SILENCE_MS = 60_000;

const sibling = z.looseObject({
  rfilename: z.string(),
  size: z.int().min(0).nullish(),
  blobId: z.hex().nullish(),
  lfs: z.looseObject({ sha256: z.hex().length(64), size: z.int().min(0) }).nullish(),
});

const listing = z.looseObject({ sha: z.hex().length(40), siblings: z.array(sibling) });

/** Hugging Face's hub, and what mirrors it. */
export class Hub {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, token }: HubOptions) {
    this.url = url.replace(/\/+$/, '');
    // fetch takes it away where a redirect leads to another server.
    this.#headers = { 'user-agent': 'viewfinder', ...(token && { authorization: `Bearer ${token}` }) };
  }

  /**
   * The files of a model, as they are at one commit.
   *
   * @param revision a branch, tag or commit
   * @returns null where the hub has no such model
   * @throws HubError; the signal's reason
   */
  async list(repository: string, revision: string, { signal }: CallOptions): Promise<HubModel | null> {
    const path = `/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
    const response = await this.#ask(path, { accept: 'application/json' }, signal);
    // To who has no token, the hub does not say whether there is such a model.
    if (response.status === 404 || (response.status === 401 && !('authorization' in this.#headers))) {
      await response.body?.cancel();
      return null;
    }
    const text = await this.#checked(response, repository).text();
    const parsed = listing.safeParse(parseJson(text));
    if (!parsed.success) throw new HubError('CORRUPT', `${this.url}${path} is no listing of a model: is it a hub?`);
    const { sha: commit, siblings } = parsed.data;
    return { repository, commit, files: siblings.flatMap(fileOf) };
  }

  /**
   * The bytes of a file, from `start` on where the server still has what began as `etag` says, else from the first.
   *
   * @throws HubError; the signal's reason
   */
  async open(
    { repository, commit }: HubModel,
    path: string,
    { start, etag }: { readonly start: number; readonly etag: string | undefined },
    { signal }: CallOptions,
  ): Promise<Response> {
    const range = start > 0 && etag !== undefined ? { range: `bytes=${start}-`, 'if-range': etag } : {};
    const address = `/${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
    // As they are: what is compressed on its way has another length, and no ranges.
    const response = await this.#ask(address, { 'accept-encoding': 'identity', ...range }, signal);
    return response.status === 416 ? response : this.#checked(response, `${repository}/${path}`);
  }

  async #ask(path: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<Response> {
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      let reason: string;
      let askedMs = 0;
      const silence = new AbortController();
      const timer = setTimeout(() => silence.abort(new Error('it is silent')), SILENCE_MS);
      try {
        const either = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
        const response = await fetch(this.url + path, { headers: { ...this.#headers, ...headers }, signal: either });
        if (!isPassing(response.status)) return response;
        await response.body?.cancel();
        reason = `it answers with the status ${response.status}`;
        askedMs = retryAfterMs(response.headers.get('retry-after'));
      } catch (error) {
        signal?.throwIfAborted();
        const { text, passing } = networkReason(error);
        reason = text;
        if (!passing) tried = TRIES;
      } finally {
        clearTimeout(timer);
      }
      if (tried >= TRIES || askedMs > SILENCE_MS) {
        throw new HubError('UNREACHABLE', `${this.url} cannot be asked: ${reason}. ${WITHOUT}`);
      }
      await waitMs(backOffMs(tried, askedMs), signal);
    }
  }

  #checked(response: Response, what: string): Response {
    const { ok, status } = response;
    if (ok) return response;
    if (status === 401 || status === 403) {
      throw new HubError(
        'REFUSED',
        `${this.url} does not give ${what} (status ${status}): put a token of someone who may have it into the environment variable HF_TOKEN.`,
      );
    }
    throw new HubError('UNREACHABLE', `${this.url} does not give ${what}: status ${status}.`);
  }
}

const WITHOUT =
  'Behind a proxy, set HTTPS_PROXY; with a mirror, name it with --hub; without a network, copy the model’s folder from a machine that has one.';

function fileOf({ rfilename: path, size, blobId, lfs }: z.output<typeof sibling>): HubFile[] {
  if (lfs) return [{ path, size: lfs.size, checksum: { kind: 'sha256', value: lfs.sha256.toLowerCase() } }];
  if (size == null || blobId == null) return [];
  return [{ path, size, checksum: { kind: 'git', value: blobId.toLowerCase() } }];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
