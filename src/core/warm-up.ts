import { EmbeddingError, type EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { plainPicture } from './plain-picture.ts';

/**
 * Pictures a call of a model of which nothing is known; and the fewest that a measurement chooses from for the sake
 * of speed, for each batch also costs a turn and a read of the table, which are not measured.
 */
export const USUAL_BATCH = 8;

/** How fast a model is. */
export interface Pace {
  /** Pictures a call. */
  readonly batch: number;
  /** Pictures a second, with as many calls at once as it runs; preparing them is not counted. */
  readonly speed: number;
}

const SIZES = [1, 2, 4, USUAL_BATCH, 16, 32];
/**
 * The longest that it may take until one of the batches in the model is done, in milliseconds: a text, where the model
 * does one thing at a time, a search by a picture, another job and the end of a job wait for one.
 */
const LONGEST_MS = 250;
/** The same where more than two batches run at once: each takes as many times longer. */
const LONGEST_BATCH_MS = 2 * LONGEST_MS;
/** A larger batch is worth its memory, and the waiting for it, where it is faster by more than this. */
const TOLERANCE = 0.03;
/** Of all of the measurement but the first pictures, in milliseconds: with those, a model loads the rest of itself. */
const BUDGET_MS = 2_000;
/** Further rounds, of which the best counts: what else the machine does only ever slows one down. */
const ROUNDS = 2;

export interface WarmUpOptions {
  readonly signal: AbortSignal;
  /** What a person has chosen: then the speed alone is measured. */
  readonly batch?: number | undefined;
}

/**
 * The batch with which a model embeds the most pictures a second, as far as that can be found out in two seconds.
 * @throws what the model throws on a single picture, what is final, or the signal's reason
 */
export async function measurePace(model: EmbeddingModel, { signal, batch }: WarmUpOptions): Promise<Pace> {
  const most = model.maxBatch.image;
  const sizes = batch === undefined ? SIZES.filter((size) => size <= most) : [Math.min(batch, most)];
  const atOnce = model.imageRuns?.atOnce ?? 1;
  // Whole rounds, where it is known how many run at once: none of them ends before the others, and leaves its threads idle.
  const calls = model.imageRuns ? 2 * atOnce : model.maxConcurrency;
  await embed(model, 1, { calls: atOnce, signal });
  const times = new Map<number, number>();
  const budget = AbortSignal.any([signal, AbortSignal.timeout(BUDGET_MS)]);
  try {
    for (const size of sizes) {
      // However long the first size takes, then it is known how long.
      const isFirst = times.size === 0;
      const limit = isFirst ? signal : budget;
      // The first batch of a size makes room for it.
      if (size > 1) await embed(model, size, { calls: atOnce, signal: limit });
      const time = await embed(model, size, { calls: isFirst ? atOnce : calls, signal: limit });
      const tooLong = time > LONGEST_MS || (atOnce > 1 && time * atOnce > LONGEST_BATCH_MS);
      if (!tooLong || isFirst) times.set(size, time);
      if (tooLong) break;
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [size, known] of times) {
        if (size < USUAL_BATCH && size !== sizes.at(-1)) continue;
        times.set(size, Math.min(known, await embed(model, size, { calls, signal: budget })));
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    const tooMany = error instanceof EmbeddingError && error.fault === 'transient' && times.size > 0;
    if (!(budget.aborted || tooMany)) throw error;
  }
  const chosen = choose(times);
  return { batch: chosen, speed: (chosen * 1000) / (times.get(chosen) ?? Number.POSITIVE_INFINITY) };
}

/** @param times milliseconds that a batch takes, by its size */
function choose(times: ReadonlyMap<number, number>): number {
  const speeds = Array.from(times, ([size, time]) => ({ size, speed: size / time }));
  const usual = speeds.filter(({ size }) => size >= USUAL_BATCH);
  if (usual.length === 0) return Math.max(1, ...times.keys());
  const best = Math.max(...usual.map(({ speed }) => speed));
  return usual.find(({ speed }) => speed >= best * (1 - TOLERANCE))?.size ?? USUAL_BATCH;
}

/** Milliseconds of the model's time that one of so many calls at once takes; preparing the pictures is not counted. */
async function embed(
  model: EmbeddingModel,
  size: number,
  { calls, signal }: { readonly calls: number; readonly signal: AbortSignal },
): Promise<number> {
  const prepare = (index: number) => model.prepareImage(picture(index), { signal });
  const batch = () => Promise.all(Array.from({ length: size }, (_, index) => prepare(index)));
  const batches = await Promise.all(Array.from({ length: calls }, batch));
  signal.throwIfAborted();
  const started = performance.now();
  await Promise.all(batches.map((images) => model.embedImages(images, { signal })));
  return (performance.now() - started) / calls;
}

/** Each of a batch is another, so that a model that mixes them up is found out here as well. */
function picture(index: number): Buffer {
  return plainPicture([(index * 37) % 256, (index * 91) % 256, (index * 151) % 256]);
}
