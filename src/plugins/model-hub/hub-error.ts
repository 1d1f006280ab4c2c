/**
 * `NO_SUCH_MODEL`: no model has the name, or it is none that can be run here; `REFUSED`: the hub lets nobody in
 * without a token, or not this one; `UNREACHABLE`: it gives no answer; `CORRUPT`: what it gives is not what it lists;
 * `DISK_FULL`, `IN_THE_WAY`: the folder of models cannot take it.
 */
export type HubErrorCode = 'NO_SUCH_MODEL' | 'REFUSED' | 'UNREACHABLE' | 'CORRUPT' | 'DISK_FULL' | 'IN_THE_WAY';

/** Why a model could not be fetched. */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
