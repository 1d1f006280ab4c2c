import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { EmbeddingTable } from '../embedding-table.ts';
import { writeError } from '../write-error.ts';
import type { IndexPlan } from './index-types.ts';

/** What the process that builds says when it is done; nothing where it was killed. */
const outcome = z.object({ error: z.string().nullable() });

/**
 * Makes the index of a table, in the place of the one there is. In a process of its own: the making can be ended at any
 * moment, which leaves the table as it was, and its memory and threads end with it.
 * @param folder for Lance's temporary files, which a process that is killed leaves behind; it is deleted
 * @throws ConflictError DATASET_BUSY, WriteError, or the signal's reason
 */
export async function buildIndex(
  table: EmbeddingTable,
  plan: IndexPlan,
  { folder, signal }: { readonly folder: string; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  try {
    await table.layout.asOnlyWriter(() => inProcess(table, plan, folder, signal), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw writeError(table.name, cause);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inProcess(
  table: EmbeddingTable,
  plan: IndexPlan,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const entry = new URL(`./build-index-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(entry), [table.folder, table.name, table.space.vectorColumn, JSON.stringify(plan)], {
    execArgv: [],
    stdio: 'ignore',
    env: { TMPDIR: folder, TMP: folder, TEMP: folder },
    signal,
    killSignal: 'SIGKILL',
  });
  const ended = Promise.withResolvers<void>();
  let said: unknown;
  child.once('message', (message) => {
    said = message;
  });
  child.once('error', ended.reject);
  child.once('exit', (code, killedBy) => {
    const told = outcome.safeParse(said);
    if (told.success && told.data.error === null) return ended.resolve();
    const reason = told.success ? told.data.error : `the process that builds its index ended (${killedBy ?? code})`;
    ended.reject(new Error(reason ?? ''));
  });
  await ended.promise;
}
