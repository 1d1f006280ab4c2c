import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { HubFile } from './hub.ts';

/** Of a file on disk, in the way in which the hub states it. */
export async function checksumOf(
  path: string,
  { size, checksum }: HubFile,
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash(checksum.kind === 'sha256' ? 'sha256' : 'sha1');
  // Git names a content by its length and its bytes.
  if (checksum.kind === 'git') hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk);
  return hash.digest('hex');
}
