import type { EmbeddingTable } from './embedding-table.ts';
import type { ViewFailure } from './image-embedder.ts';
import type { View, ViewKey } from './view.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** A selection of views, divided into what is done and what is to do. */
export interface EmbeddingWork {
  readonly total: number;
  /** Views that need no work. */
  readonly skipped: number;
  /** Failures that would come again, for their pictures have not changed. */
  readonly known: readonly ViewFailure[];
  /** The views of the selection that are to do, in its order. */
  todo(): AsyncIterable<View>;
}

export interface WorkOptions {
  readonly recompute: boolean;
  readonly after: ViewKey | null;
  readonly knownFailures: readonly ViewFailure[];
}

export async function embeddingWork(
  table: EmbeddingTable,
  selected: SelectedViews,
  views: Views,
  { recompute, after, knownFailures }: WorkOptions,
): Promise<EmbeddingWork> {
  const done = recompute ? new Set<string>() : await embeddedKeys(table);
  const failing = await stillFailing(views, knownFailures);
  const resumed = recompute && after !== null && (await contains(selected, after)) ? after : null;
  async function* sorted(): AsyncGenerator<View | ViewFailure | null> {
    let before = resumed !== null;
    for await (const view of selected.stream()) {
      const failure = failing.get(keyOf(view));
      if (done.has(table.layout.keyOf(view))) yield null;
      else if (failure !== undefined) yield failure;
      else yield before ? null : view;
      if (resumed !== null && isSame(view, resumed)) before = false;
    }
  }
  let total = 0;
  let skipped = 0;
  const known: ViewFailure[] = [];
  for await (const each of sorted()) {
    total += 1;
    if (each === null) skipped += 1;
    else if ('code' in each) known.push(each);
  }
  return {
    total,
    skipped,
    known,
    async *todo() {
      // Those that were added meanwhile are for another computation.
      let left = total - skipped - known.length;
      if (left === 0) return;
      for await (const each of sorted()) {
        if (each === null || 'code' in each) continue;
        yield each;
        left -= 1;
        if (left === 0) return;
      }
    },
  };
}

async function embeddedKeys(table: EmbeddingTable): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { view } of table.rows()) keys.add(table.layout.keyOf(view));
  return keys;
}

async function stillFailing(views: Views, failures: readonly ViewFailure[]): Promise<Map<string, ViewFailure>> {
  const found = await views.byKeys(failures.map(({ view }) => view));
  const failing = new Map<string, ViewFailure>();
  for (const [index, failure] of failures.entries()) {
    const view = found[index];
    if (!view || failure.fingerprint === null) continue;
    if ((await views.fingerprint(view)) === failure.fingerprint) failing.set(keyOf(view), failure);
  }
  return failing;
}

async function contains(selected: SelectedViews, key: ViewKey): Promise<boolean> {
  for await (const view of selected.stream()) if (isSame(view, key)) return true;
  return false;
}

function isSame(a: ViewKey, b: ViewKey): boolean {
  return a.id === b.id && a.table === b.table;
}

function keyOf({ table, id }: ViewKey): string {
  return JSON.stringify([table, id]);
}
