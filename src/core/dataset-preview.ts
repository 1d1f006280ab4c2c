import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaFile } from './media-file.ts';
import { MediaFolder } from './media-folder.ts';

/** Where Pixano keeps the picture by which it shows a dataset: 0.8, then those before it. */
const PLACES = ['previews/dataset_preview.jpg', 'preview.png'];

/** @param path of the dataset's folder */
export async function hasPreview(path: string): Promise<boolean> {
  return (await placeOf(path)) !== null;
}

/**
 * @param path of the dataset's folder
 * @throws MediaError where Pixano made none, or it leads out of the folder
 */
export async function openPreview(path: string): Promise<MediaFile> {
  return new MediaFolder(path).open((await placeOf(path)) ?? 'preview.png');
}

async function placeOf(path: string): Promise<string | null> {
  for (const place of PLACES) {
    if ((await stat(join(path, place)).catch(() => null))?.isFile()) return place;
  }
  return null;
}
