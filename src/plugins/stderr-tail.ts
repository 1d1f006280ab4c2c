import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';

const KEPT = 20;
/** Characters of a line that are shown. */
const LONGEST = 300;
/** Lines that say where a program was, or which Node it ran on, but not what went wrong. */
const NOISE = /^(?:\s*(?:at |\d+: (?:0x|\S+ \(|\S+ \[)|-----)|Node\.js v|\s*$)/;

/** The last lines that a process wrote to stderr. */
export class StderrTail {
  #lines: string[] = [];
  #rest = '';

  constructor(stream: Readable | null) {
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      const lines = (this.#rest + text).split(/\r?\n/);
      // A line without an end must not grow for ever.
      this.#rest = (lines.pop() ?? '').slice(-2000);
      this.#lines = [...this.#lines, ...lines.filter((line) => !NOISE.test(line))].slice(-KEPT);
    });
  }

  /** The last line that says something. */
  get last(): string | undefined {
    const line = NOISE.test(this.#rest) ? this.#lines.at(-1) : this.#rest;
    const plain = line && stripVTControlCharacters(line);
    return plain === undefined || plain.length <= LONGEST ? plain : `${plain.slice(0, LONGEST)}…`;
  }
}
