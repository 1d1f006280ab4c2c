import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { DatasetUnreadableError, ValidationError, ViewfinderError } from '../core/errors.ts';
import type { PublicText } from '../schema/public-text.ts';
import type { ServerLog } from './server-log.ts';

/** What clients learn of errors, and what the log does. */
export class ErrorMask {
  readonly #text: PublicText;
  readonly #log: ServerLog;
  /** One error may stand in an answer several times, and be asked about more often than that. */
  readonly #ids = new WeakMap<object, string>();

  constructor(text: PublicText, log: ServerLog) {
    this.#text = text;
    this.#log = log;
  }

  /**
   * Our own errors go to the client with their code; of any other, and of our files, it learns nothing but an id, under
   * which the log has all of it.
   */
  mask(error: unknown, message: string): Error {
    const origin = originOf(error);
    const code = codeOf(error);
    const places = placesOf(error);
    if (origin instanceof DatasetUnreadableError) {
      const sentence = 'The files of the dataset cannot be read; the log of the service says why.';
      return new GraphQLError(sentence, { ...places, extensions: { code, id: this.#logged(origin) } });
    }
    if (origin instanceof ViewfinderError) {
      const issues =
        origin instanceof ValidationError ? { issues: origin.issues.map((issue) => this.#issue(issue)) } : {};
      return new GraphQLError(this.#text.of(origin.message), { ...places, extensions: { code, ...issues } });
    }
    if (error instanceof GraphQLError && (origin === undefined || origin instanceof GraphQLError)) {
      if (error.extensions.code !== undefined) return error;
      // Of the values of variables GraphQL itself says what is wrong, without a code.
      return new GraphQLError(error.message, { ...places, extensions: { ...error.extensions, code } });
    }
    return new GraphQLError(message, { ...places, extensions: { code, id: this.#logged(origin) } });
  }

  #issue({ path, message }: ValidationError['issues'][number]) {
    return { path, message: this.#text.of(message) };
  }

  /** @returns the id under which the log has it */
  #logged(origin: unknown): string {
    const key = typeof origin === 'object' && origin !== null ? origin : {};
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = randomUUID();
    this.#ids.set(key, id);
    // Who has gone hears no answer, and nothing is wrong.
    if (!isAbort(origin)) this.#log.error({ err: origin, id }, 'An operation failed.');
    return id;
  }
}

/** By which a client tells one error from another. */
export function codeOf(error: unknown): string {
  const origin = originOf(error) ?? error;
  if (origin instanceof ViewfinderError) return origin.code;
  if (origin instanceof GraphQLError) return String(origin.extensions.code ?? 'BAD_REQUEST');
  return isAbort(origin) ? 'ABORTED' : 'INTERNAL_SERVER_ERROR';
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What was thrown in a resolver, below the layers that GraphQL puts around it. */
function originOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.originalError === undefined ? undefined : originOf(error.originalError);
}

function placesOf(error: unknown) {
  if (!(error instanceof GraphQLError)) return {};
  const { nodes, path, source, positions } = error;
  return { nodes: nodes ?? null, path: path ?? null, source: source ?? null, positions: positions ?? null };
}
