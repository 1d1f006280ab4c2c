import { setTimeout as delay } from 'node:timers/promises';
import { inBatches, mapConcurrently } from './concurrent-map.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { embeddingWork } from './embedding-work.ts';
import { writeEmbeddings } from './embedding-writer.ts';
import { ValidationError } from './errors.ts';
import { ImageEmbedder, type ViewFailure } from './image-embedder.ts';
import type { EmbeddedView } from './layout.ts';
import type { Turns } from './turns.ts';
import { checkSameSpace } from './verification-same-space.ts';
import type { View, ViewKey } from './view.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** Where a computation stands: total = embedded + skipped + failed + still to do, at every moment. */
export interface EmbeddingProgress {
  readonly total: number;
  /** Written to the table; a crash loses none of these. */
  readonly embedded: number;
  /** Had a vector when the computation began. */
  readonly skipped: number;
  readonly failed: number;
  /** Failures since the last progress. */
  readonly failures: readonly ViewFailure[];
  /** The last view of the unbroken beginning of the selection that is done: give it back as `after`. */
  readonly last: ViewKey | null;
}

export interface PipelineOptions {
  /** False: only views without a vector. True: all of the selection, replacing their vectors. */
  readonly recompute?: boolean | undefined;
  /** Ends the work after the batches under way, with all that they gave written. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Pictures that failed before for their own fault. They count as failed at once, untried and in
   * `failures` again, until their file changes.
   */
  readonly knownFailures?: readonly ViewFailure[] | undefined;
  /**
   * With `recompute`: the last view that an interrupted computation came to; the views up to it
   * count as skipped. Where it is not in the selection, all is done again.
   */
  readonly after?: ViewKey | null | undefined;
  /** Turns of batches, shared by the computations of a process, so that none of them starves. */
  readonly turns?: Turns | undefined;
}

/** Images a call of the model, where it takes so many. */
const BATCH = 16;
/** Batches under way: one is read and prepared while the other is in the model. */
const BATCHES_UNDER_WAY = 2;
/** Rows, and milliseconds, after which what is embedded is written, whichever comes first. */
const COMMIT_ROWS = 64;
const COMMIT_MS = 1000;

/**
 * Brings an embedding table up to date with a selection of views, and yields where it stands: at
 * once, and after each batch of rows is written.
 * @throws PluginError, ValidationError DIMENSION_MISMATCH, or the signal's reason, when it aborted
 */
export async function* computeEmbeddings(
  table: EmbeddingTable,
  selected: SelectedViews,
  { views, models }: { readonly views: Views; readonly models: EmbeddingModels },
  { recompute = false, signal, knownFailures = [], after = null, turns }: PipelineOptions = {},
): AsyncGenerator<EmbeddingProgress> {
  signal?.throwIfAborted();
  const work = await embeddingWork(table, selected, views, { recompute, after, knownFailures, signal });
  const { skipped } = work;
  let { total } = work;
  let embedded = 0;
  let failed = work.known.length;
  let failures: ViewFailure[] = [...work.known];
  let last: ViewKey | null = null;
  let reached: ViewKey | null = null;
  let unwritten: EmbeddedView[] = [];
  const progress = (): EmbeddingProgress => {
    const snapshot = { total, embedded, skipped, failed, failures, last };
    failures = [];
    return snapshot;
  };
  const write = async () => {
    const rows = unwritten;
    const reachedNow = reached;
    unwritten = [];
    await writeEmbeddings(table, rows, { replace: recompute });
    embedded += rows.length;
    last = reachedNow;
  };
  yield progress();
  if (skipped + failed === total) return;

  const embedder = new ImageEmbedder(views, models, table.space);
  const model = await embedder.model(signal);
  checkDimensions(table, model.dimensions);
  const replacesAll = recompute && total >= (await views.count({ imagesOnly: true }));
  if (!replacesAll) await checkSameSpace(table, { embedder, views }, { signal });
  const batches = inBatches(work.todo(), Math.min(BATCH, model.maxBatch.image), signal);
  const embed = async (each: readonly View[]) => {
    using _turn = await turns?.take({ signal });
    return { ...(await embedder.embed(each)), last: keyOf(each.at(-1)) };
  };
  let written = performance.now();
  try {
    for await (const batch of mapConcurrently(batches, BATCHES_UNDER_WAY, embed)) {
      reached = batch.last;
      unwritten.push(...batch.embedded);
      failures.push(...batch.failures);
      failed += batch.failures.length;
      if (unwritten.length < COMMIT_ROWS && performance.now() - written < COMMIT_MS) continue;
      await write();
      written = performance.now();
      yield progress();
      // Lets timers and sockets have their turn, however fast the model is.
      await delay(0);
    }
  } catch (error) {
    await write();
    yield progress();
    throw error;
  } finally {
    await write();
  }
  // Views that were deleted meanwhile are no longer to do.
  if (!signal?.aborted) total = embedded + skipped + failed;
  yield progress();
  if (embedded + skipped + failed < total) signal?.throwIfAborted();
}

function keyOf(view: View | undefined): ViewKey | null {
  return view === undefined ? null : { table: view.table, id: view.id };
}

function checkDimensions(table: EmbeddingTable, dimensions: number): void {
  if (dimensions === table.dimensions) return;
  const message =
    `The vectors of table "${table.name}" have ${table.dimensions} dimensions, those of its model have ${dimensions}: ` +
    'this is another model. Make another table for it.';
  throw new ValidationError([{ path: ['table'], message }], { code: 'DIMENSION_MISMATCH' });
}
