import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError } from './errors.ts';

/** Milliseconds between two tries, and after which another writer is no longer waited for. */
const RETRY_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Runs `write` as Pixano 0.8 asks of every writer to a dataset: alone, and after a new token in
 * `.pixano-mutation`, which tells Pixano that what it knows of the dataset is out of date.
 * @param path of the dataset's folder
 * @throws ConflictError DATASET_BUSY where another writer keeps the lock too long
 */
export async function asOnlyWriter<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
  await using _lock = await lockDataset(path);
  const token = join(path, '.pixano-mutation');
  await writeFile(`${token}.tmp`, randomUUID().replaceAll('-', ''));
  await rename(`${token}.tmp`, token);
  return await write();
}

/**
 * An exclusive flock(2) on `.<folder>.pixano-write.lock` beside the dataset's folder, until it is disposed of.
 * @param path of the dataset's folder
 * @throws ConflictError DATASET_BUSY where another writer keeps the lock too long
 */
export async function lockDataset(path: string): Promise<AsyncDisposable> {
  // Closing the file lets go of the lock, and so does the end of this process, whatever ends it.
  const file = await open(join(dirname(path), `.${basename(path)}.pixano-write.lock`), 'a');
  try {
    await acquire(file, path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
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

async function acquire(file: FileHandle, path: string): Promise<void> {
  const started = performance.now();
  while (!(await tryLock(file.fd))) {
    if (performance.now() - started > PATIENCE_MS) {
      throw new ConflictError(
        'DATASET_BUSY',
        `Another program has been writing to the dataset in ${path} for ${PATIENCE_MS / 1000} s: try again when it is done.`,
      );
    }
    await delay(RETRY_MS);
  }
}

/** False where another open file has the lock. */
async function tryLock(fd: number): Promise<boolean> {
  const { flock } = await native();
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
