import { ViewfinderError } from '../core/errors.ts';
import type { Scope } from './caller.ts';

/** The caller is known, and may not do this. */
export class ForbiddenError extends ViewfinderError {
  override readonly name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
  /** The least that would do. */
  readonly scope: Scope;

  constructor(message: string, scope: Scope) {
    super(message);
    this.scope = scope;
  }
}
