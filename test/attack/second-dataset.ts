import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { importPictures } from '../../src/core/import/import-pictures.ts';
import type { LibraryCopy } from '../library.ts';

/** In every text of the second dataset, and nowhere else. */
export const MARKER = 'ZQ7marker';
/** Name of its folder. */
export const SECOND = 'second';

/** A second dataset beside the first, of the records layout, each of whose texts has the marker in it. */
export async function addSecondDataset({ path, media, temporary }: LibraryCopy): Promise<void> {
  const source = join(temporary, 'second-source');
  await mkdir(join(source, 'all'), { recursive: true });
  const lines: string[] = [];
  for (const [index, background] of ['#702020', '#207020', '#202070', '#707020', '#207070', '#702070'].entries()) {
    const name = `${MARKER}-${index}.png`;
    const picture = sharp({ create: { width: 24 + index, height: 16, channels: 3, background } });
    await writeFile(join(source, 'all', name), await picture.png().toBuffer());
    lines.push(JSON.stringify({ image: name, caption: `${MARKER} says ${index}`, rank: index }));
  }
  await writeFile(join(source, 'all', 'metadata.jsonl'), `${lines.join('\n')}\n`);
  const readPicture = async () => ({ width: 24, height: 16, format: 'PNG', preview: Buffer.alloc(0) });
  const input = { source, library: path, media, name: SECOND, byUri: false, readPicture };
  for await (const _progress of importPictures(input));
  await rm(source, { recursive: true });
}
