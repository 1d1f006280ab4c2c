import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { backOffMs, waitMs } from '../back-off.ts';
import { networkReason } from '../network-error.ts';
import { checksumOf } from './checksum.ts';
import type { Hub, HubFile, HubModel } from './hub.ts';
import { HubError } from './hub-error.ts';

/** Failures in a row, without a byte in between, after which it is given up. */
const TRIES = 6;
/** How long nothing may come. */
const SILENCE_MS = 60_000;

export interface Download {
  readonly hub: Hub;
  readonly model: HubModel;
  readonly file: HubFile;
  /** Where it grows: what is there already is gone on with. */
  readonly part: string;
  /** Called with how many bytes there are: fewer than before where it starts again. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Brings a file to its end, over as many connections as it takes, and checks it.
 *
 * @throws HubError; the signal's reason, and then `part` is what another call goes on with
 */
export async function download(job: Download): Promise<void> {
  const { file, part, signal, model } = job;
  for (let tried = 1; ; tried++) {
    const before = await sizeOf(part);
    if (before < file.size || (file.size === 0 && !(await exists(part)))) {
      const reason = await receive(job, before);
      if (reason !== null) {
        if ((await sizeOf(part)) > before) tried = 0;
        else if (tried >= TRIES) {
          throw new HubError('UNREACHABLE', `${model.repository}/${file.path} cannot be had: ${reason}.`);
        }
        await waitMs(backOffMs(Math.max(tried, 1)), signal);
        continue;
      }
    }
    if ((await sizeOf(part)) === file.size) break;
    await discard(part);
    if (tried >= TRIES) throw corrupt(job, `it has not the ${file.size} bytes that the hub lists`);
  }
  const found = await checksumOf(part, file, signal);
  if (found === file.checksum.value) return;
  await discard(part);
  throw corrupt(job, `its checksum is ${found}, and the hub lists ${file.checksum.value}`);
}

/** @returns why it ended too early, or null */
async function receive(
  { hub, model, file, part, onProgress, signal }: Download,
  start: number,
): Promise<string | null> {
  const etag = await readFile(etagOf(part), 'utf8').catch(() => undefined);
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  const response = await hub.open(model, file.path, { start, etag }, { signal: either });
  if (response.status === 416) {
    await discard(part);
    return null;
  }
  const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${start}-`);
  let size = goesOn ? start : 0;
  await using handle = await open(part, goesOn ? 'a' : 'w');
  const tag = response.headers.get('etag');
  // A weak one is not good enough for If-Range.
  if (tag !== null && !tag.startsWith('W/')) await writeFile(etagOf(part), tag);
  else await rm(etagOf(part), { force: true });
  onProgress(size);
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      size += chunk.length;
      if (size > file.size) return null;
      await handle.write(chunk);
      onProgress(size);
    }
    return size < file.size ? 'the connection ended too early' : null;
  } catch (error) {
    signal.throwIfAborted();
    if (isOfDisk(error)) throw error;
    return silence.signal.aborted ? 'nothing comes any more' : networkReason(error).text;
  } finally {
    clearTimeout(timer);
  }
}

async function discard(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(etagOf(part), { force: true });
}

function etagOf(part: string): string {
  return `${part}.etag`;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write' && 'code' in error;
}

function corrupt({ hub, model, file }: Download, what: string): HubError {
  return new HubError(
    'CORRUPT',
    `${model.repository}/${file.path} of ${hub.url} is not what the hub lists: ${what}. It was deleted; the same command fetches it again.`,
  );
}
