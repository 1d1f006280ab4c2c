import { backOffMs, isPassing, retryAfterMs, waitMs } from '../back-off.ts';
import { type CallOptions, EmbeddingError } from '../embedding-plugin.ts';
import { networkReason } from '../network-error.ts';
import type { ApiKey } from './api-key.ts';
import { type Refusal, refusalOf } from './refusal.ts';

/** What all tries of one request may take: less than the time after which a model's process is ended. */
const ALL_TRIES_MS = 110_000;
/** Of an answer: some 4,000 vectors of 4,096 numbers. */
const LARGEST_ANSWER = 256 * 1024 * 1024;

export interface ServerClientOptions {
  readonly url: string;
  readonly key: ApiKey;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that one answer may take. */
  readonly timeoutMs: number;
  /** Tries after the first. */
  readonly retries: number;
}

/** A try that failed, and may not the next time. */
interface Passing {
  readonly reason: string;
  /** Milliseconds for which the server asked to be left alone. */
  readonly askedMs: number;
  readonly reached: boolean;
}

type Outcome =
  | { readonly kind: 'answer'; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | ({ readonly kind: 'passing' } & Passing);

/**
 * Asks a server in JSON, and again where it may yet answer: after 408, 425, 429 and 5xx, an answer that comes too
 * late, in part or not at all.
 *
 * Redirects are not followed: the key, and the pictures, are for this server.
 */
export class ServerClient {
  readonly #options: ServerClientOptions;

  constructor(options: ServerClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  /**
   * @param path appended to the address of the server
   * @param body JSON to POST; without it the request is a GET
   * @param impatient does not wait for a server that cannot be reached
   * @returns the answer, or what the server has against the request
   * @throws EmbeddingError transient where it did not answer, final where it never will; the signal's reason
   */
  async ask(
    path: string,
    body?: object,
    { signal, impatient = false }: CallOptions & { readonly impatient?: boolean } = {},
  ): Promise<{ readonly answer: unknown } | { readonly refusal: Refusal }> {
    const start = performance.now();
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      const left = ALL_TRIES_MS - (performance.now() - start);
      const outcome = await this.#try(path, body, Math.min(this.#options.timeoutMs, left), signal);
      if (outcome.kind === 'answer') return { answer: outcome.value };
      if (outcome.kind === 'refusal') return { refusal: outcome.refusal };
      const pause = backOffMs(tried, outcome.askedMs);
      const hopeless = impatient && !outcome.reached;
      if (hopeless || tried > this.#options.retries || performance.now() - start + pause > ALL_TRIES_MS) {
        throw this.#givenUp(outcome, tried);
      }
      await waitMs(pause, signal);
    }
  }

  /** What the server has said, without the key. */
  hideKey(text: string): string {
    return this.#options.key.hideIn(text);
  }

  /** What to do where the server lets nobody in. */
  get keyAdvice(): string {
    const { url, key } = this.#options;
    return key.variable === undefined
      ? `The server ${url} wants a key: put it into an environment variable, and name that with the option api_key_env.`
      : `The server ${url} does not take the key in the environment variable ${key.variable}.`;
  }

  async #try(
    path: string,
    body: object | undefined,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const { url, key, headers, timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(limitMs)));
    let reached = false;
    try {
      const response = await fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers },
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body && { body: JSON.stringify(body) }),
      });
      reached = true;
      const text = await textOf(response);
      const { status } = response;
      if (status >= 300 && status < 400) throw this.#redirected(response.headers.get('location'));
      if (response.ok) return { kind: 'answer', value: JSON.parse(text) };
      const refusal = refusalOf(response, text, key);
      if (!isPassing(status)) return { kind: 'refusal', refusal };
      const askedMs = retryAfterMs(response.headers.get('retry-after'));
      return { kind: 'passing', reason: refusal.message, askedMs, reached: true };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof EmbeddingError) throw error;
      if (error instanceof SyntaxError) return passing('its answer is no JSON, or is not whole');
      if (timeout.aborted) return passing(`it gave no answer within ${timeoutMs / 1000} s`);
      const { text, passing: mayPass } = networkReason(error);
      if (mayPass) return { ...passing(reached ? 'its answer was cut off' : key.hideIn(text)), reached };
      throw new EmbeddingError('MODEL_FAILED', 'final', `The server ${url} cannot be trusted: ${key.hideIn(text)}.`);
    }
  }

  #redirected(location: string | null): EmbeddingError {
    const target = location === null ? null : URL.parse(location, this.#options.url);
    const where = target === null ? 'elsewhere' : `to ${this.#options.key.hideIn(target.origin + target.pathname)}`;
    const message = `The server ${this.#options.url} redirects ${where}, where neither pictures nor keys are sent unasked: name that server instead.`;
    return new EmbeddingError('MODEL_FAILED', 'final', message);
  }

  #givenUp({ reason, askedMs, reached }: Passing, tried: number): EmbeddingError {
    const { url } = this.#options;
    const times = tried === 1 ? '' : ` ${tried} times`;
    const later = askedMs === 0 ? '' : ` It asks to be left alone for ${Math.ceil(askedMs / 1000)} s.`;
    const message = reached
      ? `The server ${url} was asked${times} and failed: ${reason}.${later}`
      : `The server ${url} cannot be reached: ${reason}. Start it, or name another with the option base_url.`;
    return new EmbeddingError('MODEL_FAILED', 'transient', message);
  }
}

function passing(reason: string): Outcome & { readonly kind: 'passing' } {
  return { kind: 'passing', reason, askedMs: 0, reached: true };
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      throw new EmbeddingError('MODEL_FAILED', 'final', `The server's answer has more than ${LARGEST_ANSWER} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
