import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checksumOf } from './checksum.ts';
import type { HubFile, HubModel } from './hub.ts';

const FILE = 'viewfinder-model.json';

const record = z.object({
  hub: z.string(),
  repository: z.string(),
  commit: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      size: z.number(),
      checksum: z.object({ kind: z.enum(['sha256', 'git']), value: z.string() }),
    }),
  ),
});

/** What a folder holds that was fetched, kept in the folder itself. */
export type ModelRecord = z.output<typeof record>;

/** Null where the folder was not fetched by us. */
export async function readRecord(folder: string): Promise<ModelRecord | null> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => 'null');
  try {
    return record.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export function writeRecord(folder: string, hub: string, model: HubModel, files: readonly HubFile[]): Promise<void> {
  const { repository, commit } = model;
  return writeFile(join(folder, FILE), `${JSON.stringify({ hub, repository, commit, files }, null, 2)}\n`);
}

/** The files that a folder does not have, whatever its record says. */
export async function missingFiles(folder: string, files: readonly HubFile[]): Promise<HubFile[]> {
  const found = await Promise.all(files.map(({ path }) => stat(join(folder, path)).catch(() => null)));
  return files.filter(({ size }, index) => found[index]?.size !== size);
}

/** Those of the files, all of which a folder has, that are not as the hub lists them. */
export async function damagedFiles(
  folder: string,
  files: readonly HubFile[],
  { signal }: { readonly signal: AbortSignal },
): Promise<HubFile[]> {
  const damaged: HubFile[] = [];
  for (const file of files) {
    if ((await checksumOf(join(folder, file.path), file, signal)) !== file.checksum.value) damaged.push(file);
  }
  return damaged;
}
