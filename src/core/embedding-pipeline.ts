import { setTimeout as delay } from 'node:timers/promises';
import { inBatches, mapConcurrently } from './concurrent-map.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { writeEmbeddings } from './embedding-writer.ts';
import { ValidationError } from './errors.ts';
import { ImageEmbedder, type ViewFailure } from './image-embedder.ts';
import type { EmbeddedView } from './layout.ts';
import { checkSameSpace } from './verification-same-space.ts';
import type { View } from './view.ts';
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
}

export interface PipelineOptions {
  /** False: only views without a vector. True: all of the selection, replacing their vectors. */
  readonly recompute?: boolean | undefined;
  /** Ends the work after the batches under way, with all that they gave written. */
  readonly signal?: AbortSignal | undefined;
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
  { recompute = false, signal }: PipelineOptions = {},
): AsyncGenerator<EmbeddingProgress> {
  signal?.throwIfAborted();
  const done = recompute ? new Set<string>() : await embeddedKeys(table);
  const isDone = (view: View) => done.has(table.layout.keyOf(view));
  const skipped = await count(selected, isDone, done.size);
  let { total } = selected;
  let embedded = 0;
  let failed = 0;
  let failures: ViewFailure[] = [];
  let unwritten: EmbeddedView[] = [];
  const progress = (): EmbeddingProgress => {
    const snapshot = { total, embedded, skipped, failed, failures };
    failures = [];
    return snapshot;
  };
  const write = async () => {
    const rows = unwritten;
    unwritten = [];
    await writeEmbeddings(table, rows, { replace: recompute });
    embedded += rows.length;
  };
  yield progress();
  if (skipped === total) return;

  const embedder = new ImageEmbedder(views, models, table.space);
  const model = await embedder.model(signal);
  checkDimensions(table, model.dimensions);
  const replacesAll = recompute && total >= (await views.count({ imagesOnly: true }));
  if (!replacesAll) await checkSameSpace(table, { embedder, views }, { signal });
  const todo = without(selected.stream(), isDone, total - skipped);
  const batches = inBatches(todo, Math.min(BATCH, model.maxBatch.image), signal);
  let written = performance.now();
  try {
    for await (const batch of mapConcurrently(batches, BATCHES_UNDER_WAY, (each) => embedder.embed(each))) {
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

async function embeddedKeys(table: EmbeddingTable): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const { view } of table.rows()) keys.add(table.layout.keyOf(view));
  return keys;
}

async function count(selected: SelectedViews, isDone: (view: View) => boolean, atMost: number): Promise<number> {
  if (atMost === 0) return 0;
  let found = 0;
  for await (const view of selected.stream()) if (isDone(view)) found += 1;
  return found;
}

/** At most so many of the views that are not done: those that were added meanwhile are for another computation. */
async function* without(
  views: AsyncIterable<View>,
  isDone: (view: View) => boolean,
  atMost: number,
): AsyncGenerator<View> {
  let left = atMost;
  for await (const view of views) {
    if (isDone(view)) continue;
    yield view;
    left -= 1;
    if (left === 0) return;
  }
}

function checkDimensions(table: EmbeddingTable, dimensions: number): void {
  if (dimensions === table.dimensions) return;
  const message =
    `The vectors of table "${table.name}" have ${table.dimensions} dimensions, those of its model have ${dimensions}: ` +
    'this is another model. Make another table for it.';
  throw new ValidationError([{ path: ['table'], message }], { code: 'DIMENSION_MISMATCH' });
}
