import type { WriteStream } from 'node:tty';

const BAR = 24;

/** One line at the foot of a terminal that is drawn over and over; where there is no terminal, nothing. */
export class ProgressLine {
  readonly #stream: WriteStream;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  draw(done: number, total: number, notes: readonly string[]): void {
    if (!this.#stream.isTTY) return;
    const share = total === 0 ? 1 : done / total;
    const filled = Math.floor(share * BAR);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    const parts = [`${bar} ${Math.floor(share * 100)}%`, `${done}/${total}`, ...notes.filter((note) => note !== '')];
    this.#stream.write(`\r\x1b[K${parts.join('  ').slice(0, this.#stream.columns - 1)}`);
  }

  /** A line that stays, above the bar. */
  say(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[K');
  }
}
