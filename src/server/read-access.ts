import type { IncomingMessage, ServerResponse } from 'node:http';
import { type MediaRequest, mediaPath } from '../schema/media-path.ts';
import { type Authentication, UnauthenticatedError } from './authentication.ts';
import type { MediaSignatures } from './media-signatures.ts';
import { answerPlainly } from './plain-answer.ts';

/** Who may read what is not asked for in GraphQL. */
export class ReadAccess {
  readonly #authentication: Authentication;
  readonly #signatures: MediaSignatures | null;

  /** @param signatures of the addresses that need no token; null where everybody may read everything */
  constructor(authentication: Authentication, signatures: MediaSignatures | null) {
    this.#authentication = authentication;
    this.#signatures = signatures;
  }

  /** Whether the caller's token lets it read; where it does not, the answer is given. */
  allows(request: IncomingMessage, response: ServerResponse): boolean {
    try {
      this.#authentication.callerOf(request.headers.authorization, null);
      return true;
    } catch (error) {
      if (!(error instanceof UnauthenticatedError)) throw error;
      answerPlainly(response, 401, error.message, { 'www-authenticate': error.challenge });
      return false;
    }
  }

  /** The same for a medium, of which the address may be signed. */
  allowsMedium(medium: MediaRequest, query: URLSearchParams, request: IncomingMessage, response: ServerResponse) {
    const verdict = this.#signatures?.verdict(mediaPath(medium) ?? '', query) ?? 'valid';
    if (verdict === 'missing') return this.allows(request, response);
    if (verdict === 'valid') return true;
    const reason = verdict === 'expired' ? 'has expired' : 'is not as this service gave it';
    answerPlainly(response, 403, `The address ${reason}: ask for it again.`);
    return false;
  }
}
