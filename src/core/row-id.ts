import { createHash } from 'node:crypto';
import type { ViewKey } from './view.ts';

/** Shortuuid's alphabet, which Pixano's own ids are written in: no look-alikes. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const LENGTH = 22;

/**
 * The id of the row that holds a view's vector, derived from the table and the view: whoever
 * computes it again, in whichever process, writes the same row and not a second one.
 */
export function embeddingRowId(table: string, view: ViewKey): string {
  return derivedId(table, view.table, view.id);
}

/** An id as Pixano writes them; the same for the same parts. */
export function derivedId(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest();
  let number = BigInt(`0x${digest.subarray(0, 16).toString('hex')}`);
  let id = '';
  for (let index = 0; index < LENGTH; index++) {
    id += ALPHABET[Number(number % BigInt(ALPHABET.length))];
    number /= BigInt(ALPHABET.length);
  }
  return id;
}
