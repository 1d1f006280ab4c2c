import type { ImportProgress } from '../core/import/import-pictures.ts';
import { oneLine } from './one-line.ts';
import { ProgressLine } from './progress-line.ts';

/** Tells how an import goes: a bar on a terminal, a line for each picture that is left out, and how it ended. */
export class ImportReport {
  readonly #line = new ProgressLine(process.stderr);
  readonly #started = performance.now();
  #failuresShown = 0;

  show({ done, total, present, failures }: ImportProgress): void {
    for (const { where, code, message } of failures.slice(this.#failuresShown)) {
      this.#line.say(oneLine(`${where}: ${code}: ${message}`));
    }
    this.#failuresShown = failures.length;
    const read = done - present;
    const rate = read / ((performance.now() - this.#started) / 1000);
    const speed = read === 0 ? '' : `${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
    this.#line.draw(done, total, [failures.length === 0 ? '' : `${failures.length} left out`, speed]);
  }

  /** @param last null where the import ended before it had begun */
  end(last: ImportProgress | null): void {
    this.#line.clear();
    if (last?.finished !== true) {
      process.stderr.write('viewfinder: interrupted; the same command goes on from here.\n');
    }
    if (last === null) return;
    const { folder, added, present, failures, total } = last;
    const counts = `${added} added, ${present} were there, ${failures.length} left out, of ${total}`;
    process.stdout.write(`${folder}: ${counts}.\n`);
  }

  clear(): void {
    this.#line.clear();
  }
}
