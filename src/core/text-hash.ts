import { randomBytes } from 'node:crypto';

/** Words of 32 bits a hash. */
export const HASH_WORDS = 4;

/** Another one for each set of hashes, so that no texts can be made up to be taken for one. */
export function newSeed(): number {
  return randomBytes(4).readUInt32LE();
}

/**
 * MurmurHash3_x86_128 of the text's UTF-16 code units, each taken as 32 bits; the last word is odd.
 * @param hash where its words go
 */
export function textHash(text: string, seed: number, hash: Uint32Array): void {
  let a = seed;
  let b = seed;
  let c = seed;
  let d = seed;
  for (let index = 0; index < text.length; index += 4) {
    a ^= Math.imul(rotate(Math.imul(unit(text, index), 0x239b961b), 15), 0xab0e9789);
    a = (Math.imul((rotate(a, 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b ^= Math.imul(rotate(Math.imul(unit(text, index + 1), 0xab0e9789), 16), 0x38b34ae5);
    b = (Math.imul((rotate(b, 17) + c) | 0, 5) + 0x0bcaa747) | 0;
    c ^= Math.imul(rotate(Math.imul(unit(text, index + 2), 0x38b34ae5), 17), 0xa1e38b93);
    c = (Math.imul((rotate(c, 15) + d) | 0, 5) + 0x96cd1c35) | 0;
    d ^= Math.imul(rotate(Math.imul(unit(text, index + 3), 0xa1e38b93), 18), 0x239b961b);
    d = (Math.imul((rotate(d, 13) + a) | 0, 5) + 0x32ac3b17) | 0;
  }
  a ^= text.length;
  b ^= text.length;
  c ^= text.length;
  d ^= text.length;
  a = (a + b + c + d) | 0;
  b = (b + a) | 0;
  c = (c + a) | 0;
  d = (d + a) | 0;
  a = avalanche(a);
  b = avalanche(b);
  c = avalanche(c);
  d = avalanche(d);
  a = (a + b + c + d) | 0;
  hash[0] = a;
  hash[1] = b + a;
  hash[2] = c + a;
  // Never zero, which marks a free slot.
  hash[3] = (d + a) | 1;
}

/** Zero beyond the end. */
function unit(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanche(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
