import type { WriteStream } from 'node:tty';

/** Characters of the bar; it gives way where the terminal is narrow, and then goes. */
const BAR = 24;
const NARROWEST_BAR = 6;

/** One line at the foot of a terminal that is drawn over and over; where there is no terminal, nothing. */
export class ProgressLine {
  readonly #stream: WriteStream;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  draw(done: number, total: number, notes: readonly string[]): void {
    if (!this.#stream.isTTY) return;
    const share = total === 0 ? 1 : done / total;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const count = `${String(done).padStart(String(total).length)}/${total}`;
    const text = [percent, count, ...notes.filter((note) => note !== '')].join('  ');
    // Some terminals say that they have no columns at all.
    const columns = this.#stream.columns || 80;
    const width = Math.min(BAR, columns - text.length - 2);
    const filled = Math.floor(share * width);
    const bar = width < NARROWEST_BAR ? '' : `${'█'.repeat(filled)}${'░'.repeat(width - filled)} `;
    this.#stream.write(`\r\x1b[K${(bar + text).slice(0, columns - 1)}`);
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
