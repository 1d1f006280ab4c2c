import { randomUUID } from 'node:crypto';
import { type FileHandle, open, realpath, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError } from './errors.ts';

/** How a writer waits for another one. */
export interface Waiting {
  /** Milliseconds after which another writer is no longer waited for; 0 tries once. */
  readonly patienceMs?: number | undefined;
  /** Ends the waiting, and not a write that has begun. */
  readonly signal?: AbortSignal | undefined;
}

const PATIENCE_MS = 30_000;

/** Milliseconds before the second try; each pause after it is half as long again, up to the longest. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

/**
 * Runs `write` as Pixano 0.8 asks of every writer to a dataset: alone, and after a new token in
 * `.pixano-mutation`, by which Pixano knows that an import before it can no longer be taken back.
 * @param path of the dataset's folder
 * @throws ConflictError DATASET_BUSY where another writer keeps the lock too long, CONFLICT where
 *   the lock cannot be had at all
 */
export async function asOnlyWriter<Result>(
  path: string,
  write: () => Promise<Result>,
  waiting?: Waiting,
): Promise<Result> {
  await using _lock = await lockDataset(path, waiting);
  const token = join(path, '.pixano-mutation');
  try {
    await writeFile(`${token}.tmp`, randomUUID().replaceAll('-', ''));
    await rename(`${token}.tmp`, token);
  } catch (cause) {
    throw notWritable(token, cause);
  }
  return await write();
}

/**
 * An exclusive flock(2) on `.<folder>.pixano-write.lock` beside the dataset's folder, until it is disposed of.
 * @param path of the dataset's folder, which need not be there; where it is a link, the lock is beside the
 *   folder itself, as Pixano's is
 * @throws ConflictError DATASET_BUSY where another writer keeps the lock too long, CONFLICT where
 *   the lock cannot be had at all
 */
export async function lockDataset(path: string, waiting: Waiting = {}): Promise<AsyncDisposable> {
  const folder = await realPathOf(path).catch((cause) => {
    throw notWritable(path, cause);
  });
  const file = await openLock(join(dirname(folder), `.${basename(folder)}.pixano-write.lock`));
  try {
    await acquire(file, path, waiting);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** That of a folder which is not there yet as well: it is locked while it is made. */
async function realPathOf(path: string): Promise<string> {
  const found = await realpath(path).catch(() => null);
  return found ?? join(await realpath(dirname(path)), basename(path));
}

/** Whether there is a binary of flock(2) for this platform. */
export async function canLock(): Promise<boolean> {
  try {
    await native();
    return true;
  } catch {
    return false;
  }
}

/** Closing the file lets go of the lock, and so does the end of this process, whatever ends it. */
async function openLock(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (cause) {
    // One that another user made can be locked by whoever may read it.
    const denied =
      cause instanceof Error && 'code' in cause && ['EACCES', 'EPERM', 'EROFS'].includes(String(cause.code));
    const readable = denied ? await open(path, 'r').catch(() => null) : null;
    if (readable !== null) return readable;
    throw notWritable(path, cause);
  }
}

async function acquire(file: FileHandle, path: string, { patienceMs = PATIENCE_MS, signal }: Waiting): Promise<void> {
  const started = performance.now();
  signal?.throwIfAborted();
  for (let pause = FIRST_PAUSE_MS; !(await tryLock(file.fd)); pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const left = patienceMs - (performance.now() - started);
    if (left <= 0) throw busy(path, patienceMs);
    // Not all who wait wake at once.
    await delay(Math.min(pause * (0.75 + Math.random() / 2), left), undefined, { signal }).catch(() => {});
    signal?.throwIfAborted();
  }
}

/** False where another open file has the lock. */
async function tryLock(fd: number): Promise<boolean> {
  const { flock } = await native().catch((cause) => {
    const message =
      'Pixano 0.8 asks every writer for a lock (flock), and there is none to be had on this platform: nothing is written.';
    throw new ConflictError('CONFLICT', message, { cause });
  });
  return new Promise((resolve, reject) => {
    flock(fd, 'exnb', (error) => {
      if (!error) resolve(true);
      else if ('code' in error && (error.code === 'EWOULDBLOCK' || error.code === 'EAGAIN')) resolve(false);
      else reject(error);
    });
  });
}

/** Loaded only where it is needed: reading works on platforms that it has no binary for. */
function native() {
  return import('fs-ext-extra-prebuilt');
}

function busy(path: string, patienceMs: number): ConflictError {
  return new ConflictError(
    'DATASET_BUSY',
    `Another program has been writing to the dataset in ${path} for ${patienceMs / 1000} s: try again when it is done.`,
  );
}

function notWritable(file: string, cause: unknown): ConflictError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConflictError(
    'CONFLICT',
    `The dataset cannot be written to, because ${file} cannot be: ${reason}. Give this user the right to write there.`,
    { cause },
  );
}
