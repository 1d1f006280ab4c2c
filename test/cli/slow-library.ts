import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { EmbeddingJobs } from '../../src/jobs/embedding-jobs.ts';
import { addViews } from '../core/more-views.ts';
import { TOUCHY } from '../core/tutorial.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { flagsOf } from './run.ts';

/** Views that the library has of itself. */
const OWN_VIEWS = 12;

/** A library of so many pictures, and a model that takes its time and notes each picture that it gets. */
export interface SlowLibrary extends LibraryCopy {
  /** What `embed` is to be called with. */
  readonly embed: readonly string[];
  /** What the commands that touch a library are to be called with. */
  readonly flags: readonly string[];
  /** Pictures that the model has got until now, each as often as it got it. */
  embeddedUntilNow(): Promise<string[]>;
  /** Ids of the views in the table, one for each row. */
  rows(): Promise<string[]>;
  /** The record of jobs, as this process sees it. */
  openJobs(): EmbeddingJobs;
}

/** @param imageMs how long a batch of eight takes */
export async function slowLibrary(views: number, imageMs: number): Promise<SlowLibrary> {
  const copy = await copyOfLibrary('items');
  const dataset = await openDataset(copy);
  const names = Array.from({ length: views - OWN_VIEWS }, (_, index) => `made-${index}`);
  await addViews(
    dataset,
    names.map((id) => ({ id, url: `${id}.jpg` })),
  );
  await Promise.all(
    names.map(async (name, index) => writeFile(join(copy.media, `${name}.jpg`), await tinyJpeg(index))),
  );
  const calls = join(copy.temporary, 'calls');
  await writeFile(calls, '');
  const config = join(copy.temporary, 'config.json');
  await writeFile(config, JSON.stringify({ plugins: [TOUCHY] }));
  const flags = [...flagsOf(copy), '--config', config];
  const options = [`imageMs=${imageMs}`, `calls=${calls}`].flatMap((option) => ['--option', option]);
  return {
    ...copy,
    flags,
    embed: ['embed', 'health_images', '--table', 'emb', '--function', 'touchy', ...options, ...flags],
    embeddedUntilNow: async () => (await readFile(calls, 'utf8')).split('\n').slice(0, -1),
    async rows() {
      const table = await (await openDataset(copy)).embeddingTable('emb');
      return (await Array.fromAsync(table.rows())).map(({ view }) => view.id);
    },
    openJobs: () =>
      EmbeddingJobs.open({
        folder: dataset.state.path,
        begunBy: 'embed',
        log: { error: ({ err }) => console.error(err) },
      }),
    [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose](),
  };
}

/** A picture of 8 x 8 pixels in one colour, another for each number. */
export function tinyJpeg(seed: number): Promise<Buffer> {
  const background = { r: seed % 256, g: (seed * 7) % 256, b: (seed * 31) % 256 };
  return sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .jpeg()
    .toBuffer();
}
