import { totalmem } from 'node:os';
import type { ImageRuns, ModelContext } from '../embedding-plugin.ts';
import type { ExecutionProviders } from '../onnx-device.ts';

/** What a graph runs on. */
export interface Hardware extends Pick<ModelContext, 'threads' | 'imageRuns'> {
  readonly providers: ExecutionProviders;
}

/** Threads of one run: with more, they wait for one another. */
const MOST_THREADS = 8;
/** Of a graph of more bytes there are several copies only where they take no more than this part of the memory. */
const LARGE_GRAPH = 1024 ** 3;
const PART_OF_MEMORY = 1 / 8;

/** Threads of a text, which is one run. */
export function textThreads({ threads }: Pick<ModelContext, 'threads'>): number {
  return Math.min(threads, MOST_THREADS);
}

/**
 * How a graph of so many bytes runs pictures: as was measured, or else twice at once, more often where a run would have
 * more than eight threads. Two batches at once on half of the threads each take a sixth less of the processor's time
 * than one batch on all of them, at the price of a second copy of the weights.
 *
 * @param memory bytes that this machine has
 */
export function imageRuns(
  { threads, imageRuns, providers }: Hardware,
  graphBytes: number,
  memory = memoryHere(),
): ImageRuns {
  if (providers.includes('cuda')) return { atOnce: 1, threads };
  const wanted = imageRuns?.atOnce ?? Math.min(threads, Math.max(2, Math.ceil(threads / MOST_THREADS)));
  const all = imageRuns === undefined ? threads : imageRuns.atOnce * imageRuns.threads;
  const small = graphBytes <= LARGE_GRAPH ? 2 : 1;
  const atOnce = Math.min(wanted, Math.max(small, Math.floor((memory * PART_OF_MEMORY) / graphBytes)));
  return { atOnce, threads: Math.max(1, Math.floor(all / atOnce)) };
}

/** A container may have less than its machine. */
function memoryHere(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
