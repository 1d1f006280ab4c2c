import { randomBytes } from 'node:crypto';

const INITIAL_SLOTS = 1024;
/** Words of 32 bits a hash. */
const WORDS = 4;

/**
 * A set of texts that keeps a hash of 128 bits of each, and so takes 16 to 43 bytes a text, however
 * long they are and out of the garbage collector's way. Of a thousand million texts, the chance that
 * any two are taken for one is about 1e-21.
 */
export class KeySet {
  #size = 0;
  #slots = INITIAL_SLOTS;
  /** Four words a slot, the last of them zero where it is free. */
  #hashes = new Uint32Array(INITIAL_SLOTS * WORDS);
  /** Another one in each set, so that no texts can be made up to be taken for one. */
  readonly #seed = randomBytes(4).readUInt32LE();
  readonly #hash = new Uint32Array(WORDS);

  get size(): number {
    return this.#size;
  }

  /** False where it was there before. */
  add(text: string): boolean {
    murmur3(text, this.#seed, this.#hash);
    const place = this.#find(this.#hash, this.#hashes, this.#slots);
    if (!isFree(this.#hashes, place)) return false;
    this.#hashes.set(this.#hash, place);
    this.#size += 1;
    if (this.#size * 4 > this.#slots * 3) this.#grow();
    return true;
  }

  has(text: string): boolean {
    if (this.#size === 0) return false;
    murmur3(text, this.#seed, this.#hash);
    return !isFree(this.#hashes, this.#find(this.#hash, this.#hashes, this.#slots));
  }

  #grow(): void {
    const slots = this.#slots * 2;
    const hashes = new Uint32Array(slots * WORDS);
    for (let place = 0; place < this.#hashes.length; place += WORDS) {
      if (isFree(this.#hashes, place)) continue;
      const hash = this.#hashes.subarray(place, place + WORDS);
      hashes.set(hash, this.#find(hash, hashes, slots));
    }
    this.#slots = slots;
    this.#hashes = hashes;
  }

  /** Where the hash is, or the free place where it belongs. */
  #find(hash: Uint32Array, hashes: Uint32Array, slots: number): number {
    let slot = (hash[0] ?? 0) & (slots - 1);
    while (!isFree(hashes, slot * WORDS) && !isSame(hash, hashes, slot * WORDS)) slot = (slot + 1) & (slots - 1);
    return slot * WORDS;
  }
}

function isFree(hashes: Uint32Array, place: number): boolean {
  return hashes[place + WORDS - 1] === 0;
}

function isSame(hash: Uint32Array, hashes: Uint32Array, place: number): boolean {
  for (let word = 0; word < WORDS; word++) if (hash[word] !== hashes[place + word]) return false;
  return true;
}

/** MurmurHash3_x86_128 of the text's UTF-16 code units, each taken as 32 bits; the last word is odd. */
function murmur3(text: string, seed: number, hash: Uint32Array): void {
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
