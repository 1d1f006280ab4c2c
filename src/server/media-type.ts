/** The first bytes of each kind of picture that browsers show, after `offset` others. */
const SIGNATURES: readonly { readonly type: string; readonly offset: number; readonly bytes: string }[] = [
  { type: 'image/jpeg', offset: 0, bytes: '\xff\xd8\xff' },
  { type: 'image/png', offset: 0, bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'image/gif', offset: 0, bytes: 'GIF8' },
  { type: 'image/webp', offset: 8, bytes: 'WEBP' },
  { type: 'image/avif', offset: 4, bytes: 'ftypavif' },
  { type: 'image/bmp', offset: 0, bytes: 'BM' },
  { type: 'image/tiff', offset: 0, bytes: 'II*\0' },
  { type: 'image/tiff', offset: 0, bytes: 'MM\0*' },
];

/** Bytes of a file that tell its type. */
export const SIGNATURE_LENGTH = 16;

export const UNKNOWN = 'application/octet-stream';

/**
 * By the bytes and never by the name: a page or a script that someone put among the pictures must
 * not be served as one.
 */
export function mediaTypeOf(file: Uint8Array): string {
  const head = Buffer.from(file.subarray(0, SIGNATURE_LENGTH)).toString('latin1');
  const found = SIGNATURES.find(({ offset, bytes }) => head.startsWith(bytes, offset));
  return found?.type ?? UNKNOWN;
}
