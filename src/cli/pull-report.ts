import type { ModelPull } from '../plugins/model-hub/model-pull.ts';
import { duration } from './duration.ts';
import { ProgressLine } from './progress-line.ts';

const EVERY_MS = 200;
const MB = 1e6;

/** Tells how a model comes: a bar on a terminal, and how it ended. */
export class PullReport {
  readonly #name: string;
  readonly #line = new ProgressLine(process.stderr);

  constructor(name: string) {
    this.#name = name;
  }

  /** Draws until it is disposed of. */
  follow(pull: ModelPull): Disposable {
    const start = performance.now();
    let before: number | undefined;
    const timer = setInterval(() => {
      before ??= pull.done;
      const seconds = (performance.now() - start) / 1000;
      const come = pull.done - before;
      const rate = come / seconds;
      // The first files are small, and tell nothing of how fast the others will come.
      const pace = come < MB ? ['starting'] : [speed(rate), `${duration((pull.total - pull.done) / rate)} left`];
      const notes = pull.done < pull.total ? pace : ['checking'];
      this.#line.draw(megabytes(pull.done), Math.max(1, megabytes(pull.total)), ['MB', ...notes]);
    }, EVERY_MS);
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        this.#line.clear();
      },
    };
  }

  end({ files, total, model, target, nothingToDo }: ModelPull): void {
    this.#line.clear();
    const what = `${files.length} files, ${(total / MB).toFixed(1)} MB, of ${model.repository} at ${model.commit}`;
    const how = nothingToDo ? 'is already in' : 'is in';
    process.stdout.write(`${this.#name} ${how} ${target}: ${what}.\n`);
  }

  interrupted(): void {
    process.stderr.write('viewfinder: interrupted; the same command goes on from here.\n');
  }
}

function speed(rate: number): string {
  return `${(rate / MB).toFixed(1)} MB/s`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / MB);
}
