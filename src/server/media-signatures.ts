import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Token } from './token.ts';

const KEY_FILE = 'media-key';
const KEY_BYTES = 32;
const DAY = 24 * 60 * 60 * 1000;

export type SignatureVerdict = 'valid' | 'expired' | 'wrong' | 'missing';

/**
 * Signs addresses of media, for an `<img>` cannot say who asks. An address holds until the end of the day after the one
 * (UTC) on which it is given, and is the same for all of a day, so that browsers can keep what they have.
 */
export class MediaSignatures {
  readonly #key: Buffer;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(key: Buffer, now: () => number = Date.now) {
    this.#key = key;
    this.#now = now;
  }

  /** @param path as `mediaPath` makes it */
  sign(path: string): string {
    const expires = String(((Math.floor(this.#now() / DAY) + 2) * DAY) / 1000);
    return `${path}?expires=${expires}&signature=${this.#signature(path, expires).toString('base64url')}`;
  }

  verdict(path: string, query: URLSearchParams): SignatureVerdict {
    const [expires, signature] = [query.get('expires'), query.get('signature')];
    if (expires === null || signature === null) return 'missing';
    const given = Buffer.from(signature, 'base64url');
    const right = this.#signature(path, expires);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return 'wrong';
    return this.#now() < Number(expires) * 1000 ? 'valid' : 'expired';
  }

  #signature(path: string, expires: string): Buffer {
    return createHmac('sha256', this.#key).update(`${expires}\n${path}`).digest();
  }
}

/**
 * The key for addresses that are given to holders of these tokens. It outlives the process, and is another one once a
 * token is added or taken away: what was given to whoever had it ends then.
 * @param folder where the secret is kept that it is made with
 */
export async function mediaKey(folder: string, tokens: readonly Token[]): Promise<Buffer> {
  const digests = tokens.map(({ digest }) => digest.toString('hex')).sort();
  return createHmac('sha256', await secretIn(folder))
    .update(digests.join())
    .digest();
}

async function secretIn(folder: string): Promise<Buffer> {
  const path = join(folder, KEY_FILE);
  const kept = await readFile(path).catch(() => null);
  if (kept?.length === KEY_BYTES) return kept;
  const secret = randomBytes(KEY_BYTES);
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, secret, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return secret;
}
