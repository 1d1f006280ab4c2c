import { ViewfinderError } from '../core/errors.ts';
import { ForbiddenError } from './forbidden-error.ts';

/** What is kept of one mutation that was asked for. */
export interface AuditEntry {
  /** Name of the operation that it was a part of; null where it had none. */
  readonly operation: string | null;
  readonly mutation: string;
  /** Name of the caller. */
  readonly who: string;
  /** Where their connection came from. */
  readonly address: string | null;
  /** Folder name of the dataset, name of the table and id of the job that it was about, each null where not known. */
  readonly dataset: string | null;
  readonly table: string | null;
  readonly job: string | null;
  /** `ok`, or the code of the error that was answered. */
  readonly outcome: string;
}

export interface Refusal {
  readonly path: readonly (string | number)[];
  readonly error: ForbiddenError;
}

/** What became of the mutations of one operation; each is told of as it ends. */
export class MutationAudit {
  readonly #tell: (entry: AuditEntry) => void;
  readonly #refusals: Refusal[] = [];
  #others = 0;

  constructor(tell: (entry: AuditEntry) => void) {
    this.#tell = tell;
  }

  /** @param error what it failed with; undefined where it did not */
  ended(entry: Omit<AuditEntry, 'outcome'>, path: Refusal['path'], error: unknown): void {
    if (error instanceof ForbiddenError) this.#refusals.push({ path, error });
    else this.#others += 1;
    this.#tell({ ...entry, outcome: outcomeOf(error) });
  }

  /** All mutations of the operation, where every one was refused; else none. */
  get refusals(): readonly Refusal[] {
    return this.#others === 0 ? this.#refusals : [];
  }
}

function outcomeOf(error: unknown): string {
  if (error === undefined) return 'ok';
  return error instanceof ViewfinderError ? error.code : 'INTERNAL_SERVER_ERROR';
}
