import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from './hub-error.ts';

const SOON_MS = 500;

/**
 * Two processes must not write to the same unfinished files. The file names the process that does; that of a process
 * which is gone counts for nothing.
 *
 * @throws HubError IN_THE_WAY
 */
export async function lockPull(path: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await using handle = await open(path, 'wx');
      await handle.write(String(process.pid));
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const pid = await ownerOf(path);
    if (isAlive(pid)) {
      throw new HubError('IN_THE_WAY', `The process ${pid} is already fetching this model: wait for it, or end it.`);
    }
    await rm(path, { force: true });
  }
}

/** Whose number may not be written yet. */
async function ownerOf(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text !== '') return Number(text);
  await delay(SOON_MS);
  return Number(await readFile(path, 'utf8').catch(() => ''));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
