import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateFolder } from '../core/state-folder.ts';

/** Of the most that is kept, what a clean-up leaves: the next one is then a while away. */
const LEFT = 0.9;
/** Milliseconds in which several uses of a file count as one. */
const SAME_USE = 60 * 60 * 1000;

interface KeptFile {
  readonly path: string;
  readonly size: number;
  readonly usedAt: number;
}

/**
 * Small files that can be made again, in a folder of the state folder that several processes may share. When they have
 * more bytes together than they may, those that were not used for longest go. The time of a file is that of its last
 * use: many file systems do not note when one was read.
 */
export class KeptFiles implements AsyncDisposable {
  readonly #state: StateFolder;
  readonly #folder: string;
  readonly #most: number;
  /** Bytes in the folder: what was there when it was first written to, and what this process has added. */
  #bytes: number | undefined;
  #counting: Promise<void> = Promise.resolve();

  /** @param most bytes of all files together */
  constructor(state: StateFolder, folder: string, { most }: { readonly most: number }) {
    this.#state = state;
    this.#folder = folder;
    this.#most = most;
  }

  /** Null where there is none of that name, or it cannot be read. */
  async read(name: string): Promise<Uint8Array | null> {
    try {
      await using file = await open(join(this.#state.path, this.#folder, name));
      const { mtimeMs } = await file.stat();
      const now = new Date();
      if (now.getTime() - mtimeMs > SAME_USE) await file.utimes(now, now).catch(() => {});
      return await file.readFile();
    } catch {
      return null;
    }
  }

  /**
   * A reader sees the whole file or none.
   * @throws the system's error, or a ValidationError, where it cannot be written
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    // It may have been deleted since the last time.
    const folder = await this.#state.writable(this.#folder);
    const temporary = join(folder, `${randomUUID()}.tmp`);
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, join(folder, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    this.#counting = this.#counting.then(() => this.#count(folder, bytes.byteLength)).catch(() => {});
  }

  /** Waits for a clean-up that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#counting;
  }

  async #count(folder: string, added: number): Promise<void> {
    this.#bytes = this.#bytes === undefined ? sum(await list(folder)) : this.#bytes + added;
    if (this.#bytes <= this.#most) return;
    const files = await list(folder);
    let bytes = sum(files);
    for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= this.#most * LEFT) break;
      await rm(path, { force: true });
      bytes -= size;
    }
    this.#bytes = bytes;
  }
}

/** Those that a process left unfinished when it died are among them, and go as the others do. */
async function list(folder: string): Promise<KeptFile[]> {
  const files: KeptFile[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats?.isFile()) files.push({ path, size: stats.size, usedAt: stats.mtimeMs });
  }
  return files;
}

function sum(files: readonly KeptFile[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
