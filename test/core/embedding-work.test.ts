import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { ViewFailure } from '../../src/core/view-failure.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../library.ts';
import { addViews } from './more-views.ts';
import { checked, compute, makeTable, TOUCHY } from './tutorial.ts';

let models: TestModels;
beforeAll(async () => {
  models = await openModels([TOUCHY]);
});
afterAll(() => models[Symbol.asyncDispose]());

let copy: LibraryCopy;
let dataset: Dataset;
async function open(kind: 'items' | 'records'): Promise<void> {
  copy = await copyOfLibrary(kind, models);
  dataset = await openDataset(copy);
}
afterEach(() => copy[Symbol.asyncDispose]());

const viewIds = async () => (await Array.fromAsync(dataset.views.stream())).map(({ id }) => id);

describe('failures that are known', () => {
  async function failOnce(): Promise<readonly ViewFailure[]> {
    await open('items');
    await writeFile(join(copy.media, 'text.jpg'), 'this is no picture');
    await addViews(dataset, [
      { id: 'text', url: 'text.jpg' },
      { id: 'gone', url: 'gone.jpg' },
    ]);
    await makeTable(dataset, 'emb');
    return (await compute(dataset, 'emb')).failures;
  }

  test('are told again at once where the picture is at fault, and tried again where it may not be', async () => {
    const knownFailures = await failOnce();
    expect(knownFailures.map(({ view, fingerprint }) => [view.id, fingerprint !== null])).toEqual([
      ['text', true],
      ['gone', false],
    ]);
    const seen = await Array.fromAsync(checked(dataset.computeViewEmbeddings('emb', {}, { knownFailures })));
    expect(seen[0]).toMatchObject({ total: 14, skipped: 12, failed: 1, failures: [knownFailures[0]] });
    expect(seen.at(-1)).toMatchObject({ total: 14, skipped: 12, failed: 2 });
  });

  test('are forgotten when the file changes, or is there no more, or the view has a vector', async () => {
    const knownFailures = await failOnce();
    const file = join(copy.media, 'text.jpg');
    await utimes(file, new Date(), new Date(0));
    expect(await compute(dataset, 'emb', {}, { knownFailures })).toMatchObject({ failed: 2 });
    const seen = await Array.fromAsync(dataset.computeViewEmbeddings('emb', {}, { knownFailures }));
    expect(seen[0]).toMatchObject({ failed: 0 });

    await rm(file);
    const { failures } = await compute(dataset, 'emb', {}, { knownFailures });
    expect(failures.map(({ code }) => code)).toEqual(['MEDIA_MISSING', 'MEDIA_MISSING']);

    const [done = ''] = await viewIds();
    const ofDone = knownFailures.map((failure) => ({ ...failure, view: { table: 'image', id: done } }));
    expect(await compute(dataset, 'emb', {}, { knownFailures: ofDone })).toMatchObject({ skipped: 12, failed: 2 });
  });

  test('of pictures that lie in their table are known by their bytes', async () => {
    await open('records');
    const images = await dataset.store.open('images');
    const [view = ''] = await viewIds();
    await images.update({ where: `id = '${view}'`, valuesSql: { raw_bytes: "X'00'" } });
    await makeTable(dataset, 'emb');
    const { failures: knownFailures } = await compute(dataset, 'emb');
    expect(knownFailures).toMatchObject([{ view: { id: view }, fingerprint: expect.stringMatching(/.{20,}/) }]);
    const again = await Array.fromAsync(dataset.computeViewEmbeddings('emb', {}, { knownFailures }));
    expect(again[0]).toMatchObject({ skipped: 11, failed: 1 });
    await images.update({ where: `id = '${view}'`, valuesSql: { raw_bytes: "X'0000'" } });
    const changed = await Array.fromAsync(dataset.computeViewEmbeddings('emb', {}, { knownFailures }));
    expect(changed[0]).toMatchObject({ skipped: 11, failed: 0 });
  });
});

describe('a computation of all views anew that was interrupted', () => {
  const recompute = (after: { table: string; id: string } | null) =>
    Array.fromAsync(checked(dataset.computeViewEmbeddings('emb', {}, { recompute: true, after })));

  test('goes on after the view that it came to', async () => {
    await open('items');
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    await compute(dataset, 'emb');
    const ids = await viewIds();
    const after = { table: 'image', id: ids[6] ?? '' };
    const seen = await recompute(after);
    expect(seen[0]).toMatchObject({ total: 12, skipped: 7, embedded: 0, last: after });
    expect(seen.at(-1)).toMatchObject({ skipped: 7, embedded: 5, last: { table: 'image', id: ids[11] } });
  });

  test('begins from the first where that view is there no more', async () => {
    await open('items');
    await makeTable(dataset, 'emb', { embeddingFunction: 'touchy' });
    await compute(dataset, 'emb');
    const seen = await recompute({ table: 'image', id: 'gone' });
    expect(seen[0]).toMatchObject({ skipped: 0, last: null });
    expect(seen.at(-1)).toMatchObject({ embedded: 12 });
  });

  test('counts what failed before as failed, also before that view', async () => {
    await open('items');
    await writeFile(join(copy.media, 'text.jpg'), 'this is no picture');
    await makeTable(dataset, 'emb');
    const [first = ''] = await viewIds();
    await (await dataset.store.open('image')).update({ where: `id = '${first}'`, values: { url: 'text.jpg' } });
    const { failures: knownFailures } = await compute(dataset, 'emb');
    const ids = await viewIds();
    const after = { table: 'image', id: ids[8] ?? '' };
    const seen = await Array.fromAsync(
      checked(dataset.computeViewEmbeddings('emb', {}, { recompute: true, after, knownFailures })),
    );
    expect(seen[0]?.failed).toBe(1);
    const { total, embedded, skipped, failed } = seen.at(-1) ?? {};
    expect({ total, failed, sum: Number(embedded) + Number(skipped) }).toEqual({ total: 12, failed: 1, sum: 11 });
  });
});

describe('pictures that lie in their table', () => {
  test('are found again when their rows have moved', async () => {
    await open('records');
    const views = await Array.fromAsync(dataset.views.stream());
    const bytes = await dataset.views.readStored(views);
    const images = await dataset.store.open('images');
    await images.update({ where: 'true', valuesSql: { width: 'width' } });
    await images.optimize();
    expect(await dataset.views.readStored(views)).toEqual(bytes);
    expect([...bytes.keys()]).toEqual(views);
  });
});
