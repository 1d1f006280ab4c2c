import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Call } from './call.ts';
import { type ByteRange, MediaError, type Medium } from './media.ts';

/** Bytes of the largest file that is read whole into memory. */
const LARGEST_FILE = 256 * 1024 * 1024;

const CHUNK = 256 * 1024;

/**
 * Milliseconds after which a change gives a file another time: clocks of file systems go by steps,
 * of up to two seconds on FAT.
 */
const SETTLED_MS = 2_000;

/** Errors of the system's, and not of the file's: too many are open, a disk of the network is away. */
const PASSING = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN'];

/** An ordinary file that is open for reading: what is known of it is that of the bytes that are read. */
export class MediaFile implements Medium {
  readonly size: number;
  readonly fingerprint: string;
  readonly settled: boolean;
  readonly modified: Date;
  readonly #file: FileHandle;
  readonly #name: string;

  private constructor(file: FileHandle, stats: Stats, name: string) {
    this.#file = file;
    this.#name = name;
    this.size = stats.size;
    this.fingerprint = fingerprintOf(stats);
    this.settled = Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_MS;
    this.modified = stats.mtime;
  }

  /**
   * @param name of the file in messages
   * @throws MediaError
   */
  static async open(path: string, name: string): Promise<MediaFile> {
    // Opening a pipe would wait for somebody to write into it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
      throw unreadable(name, cause);
    });
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new MediaError('MEDIA_UNREADABLE', `${name} is not a file.`);
      return new MediaFile(file, stats, name);
    } catch (error) {
      await file.close();
      throw error instanceof MediaError ? error : unreadable(name, error);
    }
  }

  async read({ signal }: Call = {}): Promise<Uint8Array> {
    if (this.size > LARGEST_FILE) {
      const message = `${this.#name} has ${this.size} bytes; at most ${LARGEST_FILE} are read.`;
      throw new MediaError('MEDIA_TOO_LARGE', message);
    }
    return this.#file.readFile(signal && { signal }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw unreadable(this.#name, cause);
    });
  }

  async *chunks({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const length = Math.min(CHUNK, end - at);
      const { bytesRead, buffer } = await this.#file
        .read(Buffer.allocUnsafeSlow(length), 0, length, at)
        .catch((cause: unknown) => {
          throw unreadable(this.#name, cause);
        });
      if (bytesRead === 0) throw new MediaError('MEDIA_UNREADABLE', `${this.#name} was cut while it was read.`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Another text once a file has changed, or who may read it. */
export function fingerprintOf({ size, mtimeMs, ctimeMs }: Stats): string {
  return `${size}:${mtimeMs}:${ctimeMs}`;
}

function unreadable(name: string, cause: unknown): MediaError {
  const later = cause instanceof Error && 'code' in cause && PASSING.includes(String(cause.code));
  const code = later ? 'MEDIA_UNREACHABLE' : 'MEDIA_UNREADABLE';
  return new MediaError(code, `${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, {
    cause,
  });
}
