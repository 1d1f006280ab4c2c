import { EmbeddingError, type EmbeddingModel } from '../plugins/embedding-plugin.ts';
import { plainPicture } from './plain-picture.ts';

/**
 * Pictures a call of a model of which nothing is known; and the fewest that a measurement chooses from for the sake
 * of speed, for each batch also costs a turn and a read of the table, which are not measured.
 */
export const USUAL_BATCH = 8;

const SIZES = [1, 2, 4, USUAL_BATCH, 16, 32];
/**
 * The longest that a batch may keep the model, in milliseconds: a text, where the model does one thing at a time, a
 * search by a picture, another job and the end of a job wait for one.
 */
const LONGEST_MS = 250;
/** A larger batch is worth its memory, and the waiting for it, where it is faster by more than this. */
const TOLERANCE = 0.03;
/** Of all of the measurement but the first picture, in milliseconds: with that, a model may load the rest of itself. */
const BUDGET_MS = 2_000;
/** Further rounds, of which the best counts: what else the machine does only ever slows one down. */
const ROUNDS = 2;

/**
 * The batch with which a model embeds the most pictures a second, as far as that can be found out in two seconds.
 * Its calls are as those of a job: as many at once as it may usefully have.
 * @throws what the model throws on a single picture, what is final, or the signal's reason
 */
export async function measureBatch(
  model: EmbeddingModel,
  { signal }: { readonly signal: AbortSignal },
): Promise<number> {
  await embed(model, 1, { calls: 1, signal });
  const times = new Map<number, number>();
  const budget = AbortSignal.any([signal, AbortSignal.timeout(BUDGET_MS)]);
  try {
    for (const size of SIZES.filter((each) => each <= model.maxBatch.image)) {
      // The first batch of a size makes room for it.
      if (size > 1) await embed(model, size, { calls: 1, signal: budget });
      const time = await embed(model, size, { calls: model.maxConcurrency, signal: budget });
      if (time > LONGEST_MS) break;
      times.set(size, time);
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [size, known] of times) {
        if (size < USUAL_BATCH) continue;
        times.set(size, Math.min(known, await embed(model, size, { calls: model.maxConcurrency, signal: budget })));
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    const tooMany = error instanceof EmbeddingError && error.fault === 'transient' && times.size > 0;
    if (!(budget.aborted || tooMany)) throw error;
  }
  return choose(times);
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
