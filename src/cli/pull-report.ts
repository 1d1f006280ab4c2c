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
      const rate = (pull.done - before) / seconds;
      const left = rate > 0 ? `${duration((pull.total - pull.done) / rate)} left` : '';
      const speed = rate > 0 ? `${(rate / MB).toFixed(1)} MB/s` : 'starting';
      this.#line.draw(Math.floor(pull.done / MB), Math.ceil(pull.total / MB), ['MB', speed, left]);
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
