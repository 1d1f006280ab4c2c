/**
 * `unreadable`: not a picture, or a broken one; `unsupported`: a picture of a kind that is not read here;
 * `too-large`: more pixels than the limit.
 */
export type ImageErrorCode = 'unreadable' | 'unsupported' | 'too-large';

/** What each is called where the picture is one of a dataset. */
export const MEDIA_CODES = {
  unreadable: 'MEDIA_UNREADABLE',
  unsupported: 'MEDIA_UNSUPPORTED',
  'too-large': 'MEDIA_TOO_LARGE',
} as const satisfies Readonly<Record<ImageErrorCode, string>>;

/** What is wrong with a picture. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
