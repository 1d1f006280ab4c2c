import { timingSafeEqual } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { ViewfinderError } from '../core/errors.ts';
import type { Caller } from '../schema/caller.ts';
import { digestOf, type Token } from './token.ts';

/** Nobody knows who asks. */
export class UnauthenticatedError extends ViewfinderError {
  override readonly name = 'UnauthenticatedError';
  readonly code = 'UNAUTHENTICATED';
  /** What HTTP says in the header `WWW-Authenticate`. */
  readonly challenge: string;

  constructor(message: string, challenge = 'Bearer realm="viewfinder"') {
    super(message);
    this.challenge = challenge;
  }
}

const BEARER = /^Bearer +(\S+) *$/i;

/** Tells callers by their tokens. */
export class Authentication {
  readonly #tokens: readonly Token[];

  /** @param tokens where there are none everybody may do everything */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Whether everybody is let in. */
  get open(): boolean {
    return this.#tokens.length === 0;
  }

  /**
   * @param authorization as the header of this name has it: `Bearer TOKEN`
   * @throws UnauthenticatedError
   */
  callerOf(authorization: string | null | undefined, address: string | null): Caller {
    if (this.open) return { name: 'anonymous', scope: 'admin', address };
    const [, secret] = BEARER.exec(authorization ?? '') ?? [];
    if (secret === undefined) {
      throw new UnauthenticatedError('This service asks for a token: send the header "Authorization: Bearer TOKEN".');
    }
    const token = this.#find(secret);
    if (token !== undefined) return { name: token.name, scope: token.scope, address };
    const challenge = 'Bearer realm="viewfinder", error="invalid_token"';
    throw new UnauthenticatedError('The token is none of this service.', challenge);
  }

  /** Takes the same time for whatever secret. */
  #find(secret: string): Token | undefined {
    const digest = digestOf(secret);
    const [found] = this.#tokens.filter((token) => timingSafeEqual(token.digest, digest));
    return found;
  }
}

/** Refuses requests without a token before their bodies are read. */
export function authenticated(authentication: Authentication): Plugin {
  return {
    onRequestParse({ request }) {
      try {
        authentication.callerOf(request.headers.get('authorization'), null);
      } catch (error) {
        if (!(error instanceof UnauthenticatedError)) throw error;
        const http = { status: 401, headers: { 'www-authenticate': error.challenge } };
        throw new GraphQLError(error.message, { extensions: { code: error.code, http } });
      }
    },
  };
}
