import type { ImageRuns } from '../plugins/embedding-plugin.ts';
import type { Pace } from './warm-up.ts';

/** How fast a model is with these runs. */
export interface PaceOfRuns extends Pace {
  readonly imageRuns: ImageRuns;
}

/** Each loads the model anew. */
const TRIES = 3;
/** Fewer threads are worth a speed that is less by no more than this: the machine is there for others too. */
const TOLERANCE = 0.03;

/**
 * Looks for the runs with which a model embeds the most pictures a second: more at once on fewer threads each, for as
 * long as that is faster; where it is not, fewer on more; and at last the same on half of the threads in all.
 *
 * @param usual how fast it is as the plugin sees fit
 * @param tryOut loads it with other runs and measures it, with those that it then has; null where that is to be the last
 */
export async function fastestRuns(
  usual: PaceOfRuns,
  tryOut: (imageRuns: ImageRuns) => Promise<PaceOfRuns | null>,
): Promise<PaceOfRuns> {
  const measured = [usual];
  let best = usual;
  let left = TRIES;
  const isFaster = async (imageRuns: ImageRuns | null): Promise<boolean> => {
    if (imageRuns === null || left === 0 || measured.some((each) => isSame(each.imageRuns, imageRuns))) return false;
    left -= 1;
    const pace = await tryOut(imageRuns);
    if (pace === null) left = 0;
    // A model may keep to fewer copies than it is asked for.
    if (pace === null || measured.some((each) => isSame(each.imageRuns, pace.imageRuns))) return false;
    measured.push(pace);
    if (pace.speed <= best.speed * (1 + TOLERANCE)) return false;
    best = pace;
    return true;
  };
  while (await isFaster(moreAtOnce(best.imageRuns)));
  if (best === usual) await isFaster(fewerAtOnce(usual.imageRuns));
  await isFaster(onHalf(best.imageRuns));
  const fastest = Math.max(...measured.map(({ speed }) => speed));
  const near = measured.filter(({ speed }) => speed >= fastest * (1 - TOLERANCE));
  return near.reduce((chosen, each) => (isLess(each.imageRuns, chosen.imageRuns) ? each : chosen));
}

function moreAtOnce({ atOnce, threads }: ImageRuns): ImageRuns | null {
  return threads < 2 ? null : { atOnce: atOnce * 2, threads: Math.floor(threads / 2) };
}

function fewerAtOnce({ atOnce, threads }: ImageRuns): ImageRuns | null {
  return atOnce < 2 ? null : { atOnce: Math.floor(atOnce / 2), threads: threads * 2 };
}

function onHalf({ atOnce, threads }: ImageRuns): ImageRuns | null {
  if (atOnce > 1) return { atOnce: Math.floor(atOnce / 2), threads };
  return threads < 2 ? null : { atOnce, threads: Math.floor(threads / 2) };
}

/** Threads in all first, then copies of the weights. */
function isLess(one: ImageRuns, other: ImageRuns): boolean {
  const threads = one.atOnce * one.threads - other.atOnce * other.threads;
  return threads < 0 || (threads === 0 && one.atOnce < other.atOnce);
}

function isSame(one: ImageRuns, other: ImageRuns): boolean {
  return one.atOnce === other.atOnce && one.threads === other.threads;
}
