import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newItemsDataset } from '../core/import/new-items-dataset.ts';
import type { ReadItem } from '../core/import/read-item.ts';
import { UnfinishedDataset } from '../core/import/unfinished-dataset.ts';
import { SIZE } from './draw.ts';
import { paintScene } from './picture.ts';
import { ATTRIBUTES, sceneAt } from './scene.ts';

/** Another series of scenes than those that the model was trained and examined on. */
const SEED = 20_240_607;
/** Each object in each colour twice. */
const SCENES = 336;
const NAME = 'drawn_scenes';
const VIEW = 'image';
/** Pictures that are drawn side by side. */
const SIDE_BY_SIDE = 4;

/** Where the parts of the demo's library are. */
export interface DemoLibrary {
  readonly library: string;
  readonly media: string;
  /** Folder name, and id, of its dataset. */
  readonly dataset: string;
}

export interface DrawingProgress {
  readonly drawn: number;
  readonly total: number;
}

/**
 * Draws the pictures that are missing and makes the dataset where it is missing, in a folder of
 * the demo's own. What is there stays byte for byte; what an interruption left is finished.
 */
export async function* drawLibrary(folder: string): AsyncGenerator<DrawingProgress, DemoLibrary> {
  const library = join(folder, 'library');
  const media = join(folder, 'media');
  await mkdir(join(media, NAME), { recursive: true });
  await mkdir(library, { recursive: true });
  for (let start = 0; start < SCENES; start += SIDE_BY_SIDE) {
    const numbers = Array.from({ length: Math.min(SIDE_BY_SIDE, SCENES - start) }, (_, offset) => start + offset);
    const drawn = await Promise.all(numbers.map((number) => draw(join(media, urlOf(number)), number)));
    if (drawn.includes(true)) yield { drawn: start + numbers.length, total: SCENES };
  }
  const path = join(library, NAME);
  if (!(await exists(path))) {
    const layout = newItemsDataset({
      id: NAME,
      name: 'Drawn scenes',
      description: 'Pictures that Viewfinder drew, to try a search on.',
      views: [VIEW],
      itemColumns: ATTRIBUTES.map((name) => ({ name, type: 'str', collection: false })),
      entityColumns: [],
      byUri: false,
    });
    const dataset = await UnfinishedDataset.open(path, layout, NAME);
    await dataset.write(Array.from({ length: SCENES }, (_, number) => itemOf(number)));
    await dataset.finish();
  }
  return { library, media, dataset: NAME };
}

/** @returns whether the picture was missing */
async function draw(path: string, number: number): Promise<boolean> {
  if (await exists(path)) return false;
  await writeFile(`${path}.part`, await paintScene(sceneAt(SEED, number), SEED, number));
  await rename(`${path}.part`, path);
  return true;
}

function itemOf(number: number): ReadItem {
  const id = nameOf(number);
  const address = urlOf(number);
  const view = { name: VIEW, id: `${id}-image`, address };
  const noBytes = new Uint8Array();
  const picture = { view, address, ...SIZE, format: 'JPEG', bytes: noBytes, preview: noBytes };
  const attributes = new Map(Object.entries(sceneAt(SEED, number)));
  return { where: id, id, split: 'demo', attributes, views: [view], entities: [], pictures: [picture] };
}

function urlOf(number: number): string {
  return `${NAME}/${nameOf(number)}.jpg`;
}

function nameOf(number: number): string {
  return `scene-${String(number).padStart(4, '0')}`;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
