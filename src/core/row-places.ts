import { newSeed, textHash } from './text-hash.ts';

/** Words of 32 bits a row: two of its id's hash, two of its place. */
const WORDS = 4;

/**
 * Where the rows of a table are, by their ids: Lance's own row ids, which lead to a row at once, while
 * to look for an id is to go through the table. It keeps no id but a hash of 64 bits of each, 16 to 32
 * bytes a row. Of a million rows, the chance that an id that is not there is taken for one is 1e-13.
 */
export class RowPlaces {
  #slots: number;
  #size = 0;
  /** The second word of the hash is zero where a slot is free. */
  #words: Uint32Array;
  readonly #seed = newSeed();
  readonly #hash = new Uint32Array(4);

  /** @param rows how many there will be, about */
  constructor(rows: number) {
    this.#slots = slotsFor(rows);
    this.#words = new Uint32Array(this.#slots * WORDS);
  }

  /** Of two rows of one id, the first counts. */
  add(id: string, rowId: bigint): void {
    const place = this.#find(id);
    if (!this.#isFree(place)) return;
    this.#words[place] = this.#hash[1] ?? 0;
    this.#words[place + 1] = this.#hash[3] ?? 0;
    this.#words[place + 2] = Number(rowId & 0xffff_ffffn);
    this.#words[place + 3] = Number(rowId >> 32n);
    this.#size += 1;
    if (this.#size * 5 > this.#slots * 4) this.#grow();
  }

  has(id: string): boolean {
    return !this.#isFree(this.#find(id));
  }

  /** Of all of these rows; null where one of them is not there. */
  all(ids: Iterable<string>): bigint[] | null {
    const places: bigint[] = [];
    for (const id of ids) {
      const place = this.#get(id);
      if (place === null) return null;
      places.push(place);
    }
    return places;
  }

  #get(id: string): bigint | null {
    const place = this.#find(id);
    if (this.#isFree(place)) return null;
    return BigInt(this.#words[place + 2] ?? 0) + (BigInt(this.#words[place + 3] ?? 0) << 32n);
  }

  /** Where the id is, or the free place where it belongs. */
  #find(id: string): number {
    textHash(id, this.#seed, this.#hash);
    const [, first = 0, , second = 0] = this.#hash;
    let slot = slotOf(first, second, this.#slots);
    for (;;) {
      const place = slot * WORDS;
      if (this.#isFree(place) || (this.#words[place] === first && this.#words[place + 1] === second)) return place;
      slot = slot + 1 === this.#slots ? 0 : slot + 1;
    }
  }

  #isFree(place: number): boolean {
    return this.#words[place + 1] === 0;
  }

  #grow(): void {
    const before = this.#words;
    this.#slots = slotsFor(this.#size * 2);
    this.#words = new Uint32Array(this.#slots * WORDS);
    for (let place = 0; place < before.length; place += WORDS) {
      const row = before.subarray(place, place + WORDS);
      const [first = 0, second = 0] = row;
      if (second === 0) continue;
      let slot = slotOf(first, second, this.#slots);
      while (!this.#isFree(slot * WORDS)) slot = slot + 1 === this.#slots ? 0 : slot + 1;
      this.#words.set(row, slot * WORDS);
    }
  }
}

function slotsFor(rows: number): number {
  return Math.max(64, Math.ceil(rows * 1.4));
}

/** A number below `slots`, of the hash's bits. */
function slotOf(first: number, second: number, slots: number): number {
  return ((first ^ Math.imul(second, 0x9e3779b1)) >>> 0) % slots;
}
