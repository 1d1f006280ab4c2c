import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Medium } from '../core/media.ts';

/** By what a client recognises the bytes that it has. */
export interface Validators {
  /** Quoted, and with `W/` before it where it is a weak one. */
  readonly etag: string;
  /** As HTTP writes a time, in whole seconds; null where it would tell nothing. */
  readonly lastModified: string | null;
}

/**
 * Of a file by its size and its times, so that it need not be read. In the moments after it was written another
 * change may leave these as they are: then its tag is a weak one (RFC 9110, 8.8.1), and its time is not told.
 */
export function validatorsOf({ fingerprint, settled, modified }: Pick<Medium, 'fingerprint' | 'settled' | 'modified'>) {
  const tag = `"${hash('sha256', fingerprint, 'base64url').slice(0, 27)}"`;
  const etag = settled ? tag : `W/${tag}`;
  return { etag, lastModified: settled && modified !== null ? modified.toUTCString() : null };
}

/** Whether the client has these very bytes. Files may be replaced by older ones, so only the very same time counts. */
export function isKnown(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags === undefined) return lastModified !== null && headers['if-modified-since'] === lastModified;
  return tags.trim() === '*' || tags.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** Whether a range of these bytes may be joined to what the client has; only a strong tag says so. */
export function mayContinue(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const condition = headers['if-range'];
  return condition === undefined || (!etag.startsWith('W/') && [etag, lastModified].includes(condition.toString()));
}

function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
