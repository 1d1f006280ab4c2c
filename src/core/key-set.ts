import { HASH_WORDS, newSeed, textHash } from './text-hash.ts';

const INITIAL_SLOTS = 1024;
const WORDS = HASH_WORDS;

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
  readonly #seed = newSeed();
  readonly #hash = new Uint32Array(WORDS);

  get size(): number {
    return this.#size;
  }

  /** False where it was there before. */
  add(text: string): boolean {
    textHash(text, this.#seed, this.#hash);
    const place = this.#find(this.#hash, this.#hashes, this.#slots);
    if (!isFree(this.#hashes, place)) return false;
    this.#hashes.set(this.#hash, place);
    this.#size += 1;
    if (this.#size * 4 > this.#slots * 3) this.#grow();
    return true;
  }

  has(text: string): boolean {
    if (this.#size === 0) return false;
    textHash(text, this.#seed, this.#hash);
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
