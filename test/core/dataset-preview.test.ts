import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasPreview, openPreview } from '../../src/core/dataset-preview.ts';

let temporary: string;
let dataset: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'viewfinder-'));
  dataset = join(temporary, 'dataset');
  await mkdir(join(dataset, 'previews'), { recursive: true });
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

/** The bytes of its preview. */
async function readPreview(path: string): Promise<Uint8Array> {
  await using file = await openPreview(path);
  return await file.read();
}

test('a dataset has the preview that Pixano made, where it made one', async () => {
  expect(await hasPreview(dataset)).toBe(false);
  await expect(readPreview(dataset)).rejects.toMatchObject({ code: 'MEDIA_MISSING' });
  await writeFile(join(dataset, 'preview.png'), 'old');
  expect(Buffer.from(await readPreview(dataset)).toString()).toBe('old');
  await writeFile(join(dataset, 'previews', 'dataset_preview.jpg'), 'new');
  expect(await hasPreview(dataset)).toBe(true);
  expect(Buffer.from(await readPreview(dataset)).toString()).toBe('new');
});

test('a preview that leads out of the dataset is not read', async () => {
  await writeFile(join(temporary, 'secret.txt'), 'secret');
  await symlink(join(temporary, 'secret.txt'), join(dataset, 'preview.png'));
  await expect(readPreview(dataset)).rejects.toMatchObject({ code: 'MEDIA_FORBIDDEN' });
});
