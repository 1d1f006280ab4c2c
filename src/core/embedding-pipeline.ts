import type { EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { inBatches, inGroups, mapConcurrently } from './concurrent-map.ts';
import { EmbeddingCommits } from './embedding-commits.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { embeddingWork } from './embedding-work.ts';
import { Ending } from './ending.ts';
import { ValidationError } from './errors.ts';
import { ImageEmbedder } from './image-embedder.ts';
import type { Retry } from './retry.ts';
import { Turns } from './turns.ts';
import { checkSameSpace, isOfSameModel } from './verification-same-space.ts';
import type { View, ViewKey } from './view.ts';
import type { ViewFailure } from './view-failure.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';
import type { WarmUps } from './warm-ups.ts';

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
  /** Whether it is being measured how the model is fastest here, for some seconds before the first batch. */
  readonly measuring?: boolean;
}

export interface PipelineOptions {
  /** False: only views without a vector. True: all of the selection, replacing their vectors. */
  readonly recompute?: boolean | undefined;
  /**
   * Ends the work within two seconds: what the batches under way give in that time is written, and
   * what they do not is left for another computation.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Pictures that failed before for their own fault. They count as failed at once, untried and in
   * `failures` again, until their file changes.
   */
  readonly knownFailures?: readonly ViewFailure[] | undefined;
  /**
   * What this very computation failed on before it was interrupted: that counts as failed, untried,
   * whatever has become of the pictures.
   */
  readonly ownFailures?: readonly ViewFailure[] | undefined;
  /**
   * With `recompute`: the last view that an interrupted computation came to; the views up to it
   * count as skipped. Where it is not in the selection, or what was written before it is of other
   * weights than those of now, all is done again.
   */
  readonly after?: ViewKey | null | undefined;
  /** Turns of batches, shared by the computations of a process, so that none of them starves. */
  readonly turns?: Turns | undefined;
  /** How a model that fails is tried again before the computation fails. */
  readonly retry?: Retry | undefined;
}

/** Batches under way beside those in the model: one is prepared, another is read. */
const BATCHES_AHEAD = 2;
/** Milliseconds for batches under way when the work is to end; their vectors must be written after that. */
const GRACE_MS = 1000;

/**
 * Brings an embedding table up to date with a selection of views, and yields where it stands: at
 * once, and after each time that rows are written.
 * @throws PluginError, ConflictError, WriteError, ValidationError DIMENSION_MISMATCH, or the signal's
 *   reason, when it aborted
 */
export async function* computeEmbeddings(
  table: EmbeddingTable,
  selected: SelectedViews,
  dataset: { readonly views: Views; readonly models: EmbeddingModels; readonly warmUps: WarmUps },
  options: PipelineOptions = {},
): AsyncGenerator<EmbeddingProgress> {
  const { recompute = false, signal, knownFailures = [], ownFailures = [], turns = new Turns(), retry } = options;
  signal?.throwIfAborted();
  using ending = new Ending(signal, GRACE_MS);
  const embedder = new ImageEmbedder(dataset, table.space, { turns, retry, ending });
  const beside = { embedder, views: dataset.views };
  const cameTo = recompute ? (options.after ?? null) : null;
  const goesOn = cameTo !== null && (await isOfSameModel(table, { selected, after: cameTo }, beside, { signal }));
  const after = goesOn ? cameTo : null;
  const work = await embeddingWork(table, selected, dataset.views, {
    recompute,
    after,
    knownFailures,
    ownFailures,
    signal,
  });
  let progress: EmbeddingProgress = {
    total: work.total,
    embedded: 0,
    skipped: work.skipped,
    failed: work.known.length,
    failures: work.known,
    last: work.last,
  };
  yield progress;
  const todo = work.total - work.skipped - work.known.length;
  if (todo === 0) return;

  const model = await embedder.model();
  checkModel(table, model);
  const replacesAll = recompute && work.total >= (await dataset.views.count({ imagesOnly: true }));
  if (!replacesAll) await checkSameSpace(table, beside, { signal });
  const known = await dataset.warmUps.batchFor(table.space, embedder, todo);
  if (known === null) yield { ...progress, failures: [], measuring: true };
  const size = known ?? (await dataset.warmUps.measure(table.space, embedder, todo));
  const width = (await embedder.model()).maxConcurrency + BATCHES_AHEAD;
  turns.atLeast(width);
  const commits = new EmbeddingCommits(table, { replace: recompute, version: work.version });
  const embed = async (batch: readonly View[]) => {
    try {
      return { ...(await embedder.embed(batch)), last: keyOf(batch.at(-1)) };
    } catch (error) {
      // What is abandoned is for another computation.
      if (ending.stop.aborted) return null;
      ending.now(error);
      throw error;
    }
  };
  const batches = inBatches(work.todo(), size, ending.stop);
  const embedded = mapConcurrently(batches, width, embed);
  const groups = inGroups(embedded, viewsIn, commits);
  let unbroken = true;
  for await (const group of groups) {
    const rows = group.flatMap((batch) => batch?.embedded ?? []);
    const failures = group.flatMap((batch) => batch?.failures ?? []);
    let { last } = progress;
    for (const batch of group) {
      unbroken &&= batch !== null;
      if (unbroken && batch !== null) last = batch.last;
    }
    await commits.write(rows, ending);
    const { total, skipped } = progress;
    const counts = { embedded: progress.embedded + rows.length, failed: progress.failed + failures.length };
    progress = { total, skipped, ...counts, failures, last };
    let followed = false;
    try {
      yield progress;
      followed = true;
    } finally {
      if (!followed) ending.now();
    }
  }
  if (ending.stop.aborted) {
    const { total, skipped, embedded, failed } = progress;
    if (embedded + skipped + failed < total) signal?.throwIfAborted();
    return;
  }
  await commits.finish(ending);
  // Views that were deleted meanwhile are no longer to do.
  yield { ...progress, total: progress.embedded + progress.skipped + progress.failed, failures: [] };
}

function viewsIn(batch: { readonly embedded: readonly unknown[]; readonly failures: readonly unknown[] } | null) {
  return batch === null ? 0 : batch.embedded.length + batch.failures.length;
}

function keyOf(view: View | undefined): ViewKey | null {
  return view === undefined ? null : { table: view.table, id: view.id };
}

function checkModel(table: EmbeddingTable, { dimensions, modalities }: EmbeddingModel): void {
  if (!modalities.includes('image')) {
    throw ValidationError.at('table', `The model of the table "${table.name}" embeds no pictures.`);
  }
  if (dimensions === table.dimensions) return;
  const message =
    `The vectors of table "${table.name}" have ${table.dimensions} dimensions, those of its model have ${dimensions}: ` +
    'this is another model. Make another table for it.';
  throw new ValidationError([{ path: ['table'], message }], { code: 'DIMENSION_MISMATCH' });
}
