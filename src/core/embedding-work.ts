import type { EmbeddingTable } from './embedding-table.ts';
import { KeySet } from './key-set.ts';
import type { View, ViewKey } from './view.ts';
import type { ViewFailure } from './view-failure.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** A selection of views, divided into those that are done, those that fail, and those that are to do. */
export interface EmbeddingWork {
  /** Of the table, when it had none of the views that are to do. */
  readonly version: number;
  readonly total: number;
  readonly skipped: number;
  /** Failures that would come again, for their pictures have not changed. */
  readonly known: readonly ViewFailure[];
  /** The last view of those that are done for certain, where the selection begins with such. */
  readonly last: ViewKey | null;
  /** The views that are to do, in the order of the selection. */
  todo(): AsyncIterable<View>;
}

export interface WorkOptions {
  readonly recompute: boolean;
  /** Views up to this one are done. */
  readonly after: ViewKey | null;
  readonly knownFailures: readonly ViewFailure[];
  /** Taken as they are. */
  readonly ownFailures: readonly ViewFailure[];
  readonly signal: AbortSignal | undefined;
}

/** Pictures whose fingerprints are taken at once. */
const CHUNK = 64;

/**
 * Finds what there is to do by going through the keys of the table and those of the selection, of
 * which only hashes are kept: a million take seconds and some tens of MB.
 */
export async function embeddingWork(
  table: EmbeddingTable,
  selected: SelectedViews,
  views: Views,
  { recompute, after, knownFailures, ownFailures, signal }: WorkOptions,
): Promise<EmbeddingWork> {
  const version = await (await table.lance()).version();
  const done = new KeySet();
  if (!recompute) {
    for await (const key of table.viewKeys()) {
      signal?.throwIfAborted();
      done.add(key);
    }
  }
  const failing = await stillFailing(views, knownFailures);
  for (const failure of ownFailures) failing.set(nameOf(failure.view), failure);
  const end = after !== null ? await positionOf(after, selected) : 0;
  const sorter = () => {
    let position = 0;
    return (view: ViewKey): 'done' | 'failed' | 'todo' => {
      position += 1;
      if (done.size > 0 && done.has(table.layout.keyOf(view))) return 'done';
      if (failing.size > 0 && failing.has(nameOf(view))) return 'failed';
      return position <= end ? 'done' : 'todo';
    };
  };

  let total = 0;
  let skipped = 0;
  const known: ViewFailure[] = [];
  const sort = sorter();
  for await (const view of selected.keys()) {
    signal?.throwIfAborted();
    total += 1;
    const sorted = sort(view);
    if (sorted === 'done') skipped += 1;
    const failure = sorted === 'failed' ? failing.get(nameOf(view)) : undefined;
    if (failure !== undefined) known.push(failure);
  }
  return {
    version,
    total,
    skipped,
    known,
    last: end > 0 ? after : null,
    async *todo() {
      // Those that were added meanwhile are for another computation.
      let left = total - skipped - known.length;
      if (left === 0) return;
      const sortAgain = sorter();
      for await (const view of selected.stream((key) => sortAgain(key) === 'todo')) {
        yield view;
        left -= 1;
        if (left === 0) return;
      }
    },
  };
}

/** How many views come before the one after this; 0 where it is not in the selection. */
async function positionOf({ table, id }: ViewKey, selected: SelectedViews): Promise<number> {
  let position = 0;
  for await (const view of selected.keys()) {
    position += 1;
    if (view.id === id && view.table === table) return position;
  }
  return 0;
}

async function stillFailing(views: Views, failures: readonly ViewFailure[]): Promise<Map<string, ViewFailure>> {
  const failing = new Map<string, ViewFailure>();
  for (let start = 0; start < failures.length; start += CHUNK) {
    const chunk = failures.slice(start, start + CHUNK);
    const found = await views.byKeys(chunk.map(({ view }) => view));
    const there = found.filter((view) => view !== null);
    const fingerprints = await views.fingerprints(there);
    const now = new Map(there.map((view, index) => [nameOf(view), fingerprints[index] ?? null]));
    for (const failure of chunk) {
      const name = nameOf(failure.view);
      if (failure.fingerprint !== null && failure.fingerprint === now.get(name)) failing.set(name, failure);
    }
  }
  return failing;
}

function nameOf({ table, id }: ViewKey): string {
  return JSON.stringify([table, id]);
}
