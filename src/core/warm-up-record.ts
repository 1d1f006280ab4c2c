import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readJson, writeJson } from './json-file.ts';
import type { StateFolder } from './state-folder.ts';

const FILE = 'warm-ups.json';
/** Measurements that are kept, the last ones. */
const KEPT = 100;

const count = z.int().min(1);

const measured = z.object({
  /** The model, and the machine, its versions and settings. */
  of: z.looseObject({ function: z.string(), options: z.record(z.string(), z.unknown()) }),
  batch: count,
  speed: z.number().positive(),
  /** Null where no other runs than those of the plugin's choice are faster, left out where none have been tried. */
  imageRuns: z.object({ atOnce: count, threads: count }).nullish(),
});

const fileShape = z.object({ measured: z.array(measured) });

/** What was measured of one model on one machine. */
export type Measured = Readonly<z.output<typeof measured>>;

/** The measurements that are kept in the state folder. */
export class WarmUpRecord {
  readonly #state: StateFolder;

  constructor(state: StateFolder) {
    this.#state = state;
  }

  /** A file that cannot be read counts as none. */
  async all(): Promise<readonly Measured[]> {
    const file = await readJson(join(this.#state.path, FILE), fileShape, 'TABLE_UNREADABLE').catch(() => null);
    return file?.measured ?? [];
  }

  async find(of: Measured['of']): Promise<Measured | undefined> {
    return (await this.all()).find((each) => isDeepStrictEqual(each.of, of));
  }

  /** Where two processes write at once, one measurement is lost and made again. */
  async keep(measured: Measured): Promise<void> {
    const others = (await this.all()).filter(({ of }) => !isDeepStrictEqual(of, measured.of));
    try {
      await writeJson(join(await this.#state.writable(), FILE), { measured: [...others, measured].slice(-KEPT) });
    } catch {
      // Where nothing can be kept, the next job measures again.
    }
  }
}
