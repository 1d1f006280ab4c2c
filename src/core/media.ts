import { hash } from 'node:crypto';
import type { Call } from './call.ts';
import { ViewfinderError } from './errors.ts';

/** Why the bytes of a view cannot be had; `code` is that of the view's failure. */
export class MediaError extends ViewfinderError {
  override readonly name = 'MediaError';
  /** MEDIA_UNREACHABLE: another try may succeed, for the fault is not the picture's. */
  readonly code:
    | 'MEDIA_MISSING'
    | 'MEDIA_FORBIDDEN'
    | 'MEDIA_TOO_LARGE'
    | 'MEDIA_UNREADABLE'
    | 'MEDIA_UNSUPPORTED'
    | 'MEDIA_UNREACHABLE';

  constructor(code: MediaError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** There is no media folder at all: that says nothing of any picture. */
export class MediaFolderError extends MediaError {
  constructor(folder: string, options?: ErrorOptions) {
    super('MEDIA_MISSING', `The media folder ${folder} is not there; give it with --media.`, options);
  }
}

/** Bytes from `start` up to, and not with, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The bytes of one view, and what is known of them before they are read. */
export interface Medium extends AsyncDisposable {
  /** Bytes. */
  readonly size: number;
  /** Another text once the bytes have changed. */
  readonly fingerprint: string;
  /** False where a change that follows at once could leave the fingerprint as it is. */
  readonly settled: boolean;
  /** When they were last written; null where nobody noted it. */
  readonly modified: Date | null;
  /** @throws MediaError where they are too many for memory, or cannot be read */
  read(call?: Call): Promise<Uint8Array>;
  /** A part of them, in order. @throws MediaError where they cannot be read, or end too soon */
  chunks(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** Bytes that lie in memory: those of a table, or of another machine. */
export class MediumInMemory implements Medium {
  readonly size: number;
  readonly fingerprint: string;
  readonly settled = true;
  readonly modified = null;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
    this.fingerprint = hash('sha256', bytes, 'base64url');
  }

  async read(): Promise<Uint8Array> {
    return this.#bytes;
  }

  async *chunks({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    yield this.#bytes.subarray(start, end);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
