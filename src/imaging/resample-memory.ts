import { readFileSync } from 'node:fs';

/** What wasm/resample.ts exports. All addresses and lengths are in bytes. */
interface ResampleFunctions {
  readonly memory: WebAssembly.Memory;
  freeFrom(): number;
  rowsOf1(source: number, stride: number, rows: number, taps: number, width: number, target: number): void;
  rowsOf3(source: number, stride: number, rows: number, taps: number, width: number, target: number): void;
  rowsOf4(source: number, stride: number, rows: number, taps: number, width: number, target: number): void;
  column(source: number, length: number, weights: number, pairs: number, target: number): void;
  premultiply(pixels: number, length: number): void;
  planes(source: number, size: number, step: number, green: number, table: number, target: number): void;
}

const code = new WebAssembly.Module(readFileSync(new URL('./wasm/resample.wasm', import.meta.url)));

/** The kernel's loads and stores may pass the end of what they are for by less than this. */
const SLACK = 64;
const PAGE = 65_536;
/** A memory never shrinks: one that an enormous picture has made larger than this is dropped. */
const KEPT = 16 * 1024 * 1024;

/** The compiled kernel and its memory, which is handed out piece by piece and taken back as a whole. */
export class ResampleMemory {
  // The exports of a module have no type of their own.
  static #shared = new ResampleMemory();

  readonly kernel = new WebAssembly.Instance(code).exports as unknown as ResampleFunctions;
  #used = this.kernel.freeFrom();

  /** Bytes that it holds, in use or not. */
  get size(): number {
    return this.kernel.memory.buffer.byteLength;
  }

  /** Lends the thread's memory for one piece of work. */
  static use<Result>(work: (memory: ResampleMemory) => Result): Result {
    try {
      return work(ResampleMemory.#shared);
    } finally {
      ResampleMemory.#shared.#used = ResampleMemory.#shared.kernel.freeFrom();
      if (ResampleMemory.#shared.size > KEPT) ResampleMemory.#shared = new ResampleMemory();
    }
  }

  /** The address of so many bytes. What was there before is still in them. Views of the memory end here. */
  reserve(bytes: number): number {
    const address = this.#used;
    this.#used = (address + bytes + SLACK + 15) & ~15;
    const missing = this.#used - this.size;
    if (missing > 0) this.kernel.memory.grow(Math.ceil(missing / PAGE));
    return address;
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.kernel.memory.buffer as ArrayBuffer, address, length);
  }

  words(address: number, length: number): Int32Array {
    return new Int32Array(this.kernel.memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.kernel.memory.buffer as ArrayBuffer, address, length);
  }
}
