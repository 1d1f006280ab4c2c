import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import type { HealthReport } from '../../src/core/embedding-health.ts';
import { flagsOf, type Outcome, run } from '../cli/run.ts';
import { FIXTURES, type LibraryCopy, openModels } from '../library.ts';
import { MODEL_OPTIONS } from './versions.ts';

/** Ranked items with their distances, nearest first. */
export interface Ranking {
  readonly items: readonly string[];
  readonly distances: readonly number[];
}

/** Files drawn for the tests, of every mode that the fixtures have. */
export const PICTURES = join(FIXTURES, 'items', 'assets', 'health_images');

/** The options of `viewfinder embed` for the test model, as the metadata of Python's own tables state them. */
export const MODEL_FLAGS = Object.entries(MODEL_OPTIONS).flatMap(([name, value]) => ['--option', `${name}=${value}`]);

/** A folder for both programs; a dataset is made in it by one of them. */
export class SharedLibrary implements AsyncDisposable {
  readonly #copy: LibraryCopy;

  private constructor(copy: LibraryCopy) {
    this.#copy = copy;
  }

  /** @param paths of the library and of the media, below the folder that both share */
  static async make(paths: { readonly library: string; readonly media: string }): Promise<SharedLibrary> {
    const temporary = await mkdtemp(join(tmpdir(), 'viewfinder-pixano-'));
    const models = await openModels();
    const [path, media] = [join(temporary, paths.library), join(temporary, paths.media)];
    await Promise.all([mkdir(path, { recursive: true }), mkdir(media, { recursive: true })]);
    return new SharedLibrary({
      path,
      media,
      temporary,
      ...models,
      async [Symbol.asyncDispose]() {
        await models[Symbol.asyncDispose]();
        await rm(temporary, { recursive: true, force: true });
      },
    });
  }

  get path(): string {
    return this.#copy.path;
  }

  get media(): string {
    return this.#copy.media;
  }

  get temporary(): string {
    return this.#copy.temporary;
  }

  /** Opened anew, as a program that starts does. */
  open(folder: string): Promise<Dataset> {
    return Dataset.open(join(this.path, folder), { models: this.#copy.models, mediaDir: this.media });
  }

  /** The command in a process of its own. */
  viewfinder(...args: readonly string[]): Promise<Outcome> {
    return run([...args, ...flagsOf(this.#copy)]);
  }

  /** Brings a table up to date, in a process of its own; every view is to have a vector then. */
  async embed(folder: string, table: string, ...flags: readonly string[]): Promise<void> {
    const { code, stderr } = await this.viewfinder('embed', folder, '--table', table, '--json', ...flags);
    expect(code, stderr).toBe(0);
  }

  async search(folder: string, query: string, table: string, limit = 10, skip = 0): Promise<Ranking> {
    const { hits } = await (await this.open(folder)).semanticSearch(query, { table, limit, skip });
    return { items: hits.map((hit) => hit.item.id), distances: hits.map((hit) => hit.distance) };
  }

  async health(folder: string, table: string): Promise<HealthReport> {
    const dataset = await this.open(folder);
    return dataset.health(await dataset.embeddingTable(table));
  }

  /** Codes and counts of what is wrong. */
  async findings(folder: string, table: string): Promise<Record<string, number>> {
    const { findings } = await this.health(folder, table);
    return Object.fromEntries(findings.map(({ code, count }) => [code, count]));
  }

  /** Rows, the distinct ids among them and the distinct views that they are of. */
  async rows(folder: string, table: string): Promise<{ rows: number; ids: number; views: number }> {
    const rows = await Array.fromAsync((await (await this.open(folder)).embeddingTable(table)).rows());
    const ids = new Set(rows.map((row) => row.id));
    const views = new Set(rows.map((row) => row.view.id));
    return { rows: rows.length, ids: ids.size, views: views.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#copy[Symbol.asyncDispose]();
  }
}

/** Twelve pictures in one split, without a word about them. */
export async function copyPictures(to: string): Promise<void> {
  await mkdir(join(to, 'train'), { recursive: true });
  for (const folder of ['all', 'val']) {
    for (const file of await readdir(join(PICTURES, folder))) {
      if (!file.endsWith('.jsonl')) await copyFile(join(PICTURES, folder, file), join(to, 'train', file));
    }
  }
}

/** Pictures of blotches in one split, each unlike the others. */
export async function drawPictures(to: string, count: number): Promise<void> {
  await mkdir(join(to, 'train'), { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const blotches = Buffer.from(Array.from({ length: 6 * 4 * 3 }, (_, at) => (index * 7919 + at * at * 104729) % 251));
    await sharp(blotches, { raw: { width: 6, height: 4, channels: 3 } })
      .resize(240, 160, { kernel: 'cubic' })
      .jpeg()
      .toFile(join(to, 'train', `picture_${String(index).padStart(4, '0')}.jpg`));
  }
}

/**
 * Both programs rank alike: the same distances in the same order, and the same items but where two
 * are equally near. What they may differ by is what one float32 sum may differ by from another.
 * @returns the largest difference of two distances
 */
export function expectSameRanking(ours: Ranking, theirs: Ranking): number {
  expect(ours.distances.length).toBe(theirs.distances.length);
  const differences = ours.distances.map((distance, rank) => Math.abs(distance - (theirs.distances[rank] ?? Infinity)));
  const worst = Math.max(0, ...differences);
  expect(worst).toBeLessThan(1e-5);
  const distanceOf = new Map(theirs.items.map((item, rank) => [item, theirs.distances[rank] ?? Infinity]));
  for (const [rank, item] of ours.items.entries()) {
    if (item === theirs.items[rank]) continue;
    expect(Math.abs((distanceOf.get(item) ?? Infinity) - (ours.distances[rank] ?? 0))).toBeLessThan(1e-5);
  }
  return worst;
}
