import type { ServerLog } from './server-log.ts';
import type { Operation, OperationWatcher } from './watch-operations.ts';

/** One line for each operation, and one more when a subscription begins; what it asked for is in none of them. */
export class OperationLog implements OperationWatcher {
  readonly #log: ServerLog;

  constructor(log: ServerLog) {
    this.#log = log;
  }

  began({ name, type, transport }: Operation): void {
    this.#log.info({ operation: name, type, transport }, 'A subscription has begun.');
  }

  ended({ name, type, transport, outcome, codes, ms }: Operation): void {
    const told = outcome === 'error' ? codes.join(' ') : outcome;
    const why = outcome === 'refused' ? { codes } : {};
    const duration = Math.round(ms * 10) / 10;
    this.#log.info(
      { operation: name, type, transport, durationMs: duration, outcome: told, ...why },
      SENTENCES[outcome],
    );
  }
}

const SENTENCES: Readonly<Record<Operation['outcome'], string>> = {
  ok: 'An operation has ended.',
  error: 'An operation has ended with errors.',
  refused: 'An operation was refused.',
};
