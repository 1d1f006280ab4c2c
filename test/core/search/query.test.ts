import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Dataset } from '../../../src/core/dataset.ts';
import type { SearchQuery } from '../../../src/core/search/query.ts';
import { queryModelsOf } from '../../../src/core/search/query-models.ts';
import { ChildModel } from '../../../src/plugins/model-host.ts';
import { copyOfLibrary, type LibraryCopy, openDataset, openModels, type TestModels } from '../../library.ts';
import { makeTable, TOUCHY } from '../tutorial.ts';

const table = 'emb_tiny';

describe('a query', () => {
  let models: TestModels;
  let copy: LibraryCopy;
  let dataset: Dataset;
  beforeAll(async () => {
    models = await openModels([TOUCHY]);
    copy = await copyOfLibrary('items', models);
    dataset = await openDataset(copy);
  });
  afterAll(async () => {
    await copy[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  const search = (query: SearchQuery, more: { table?: string } = {}) =>
    dataset.search({ table, query, limit: 12, ...more });

  test('of a stored vector finds its view first, as the view itself would', async () => {
    const [view] = await Array.fromAsync(dataset.views.stream({}, { limit: 1 }));
    if (view === undefined) throw new Error('The fixture is gone.');
    const stored = await dataset.embeddingTable(table);
    const [[row] = []] = await stored.rowsOfViews([view]);
    const [vector = new Float32Array()] = await stored.vectors([row?.id ?? '']);
    const byVector = await search({ vector });
    expect(byVector.hits[0]).toMatchObject({ view: { id: view.id }, distance: expect.closeTo(0, 5) });
    const byView = await search({ view });
    expect(byView.hits.map(({ item }) => item.id)).toEqual(byVector.hits.slice(1).map(({ item }) => item.id));
  });

  test('that nobody waits for any more is not embedded, and the next one is at once', async () => {
    await makeTable(dataset, 'emb_touchy', { embeddingFunction: 'touchy' });
    const stop = new AbortController();
    const ask = (text: string, signal?: AbortSignal) =>
      dataset.search({ table: 'emb_touchy', query: { text }, limit: 1 }, { signal });
    const gone = [ask('sleep 300000', stop.signal), ask('sleep 300001', stop.signal)];
    // The model has the first ones now, and these wait for their turn.
    await new Promise((resolve) => setTimeout(resolve, 200));
    gone.push(ask('sleep 300002', stop.signal));
    const kept = ask('quick');
    stop.abort();
    for (const each of gone) await expect(each).rejects.toThrow('aborted');
    expect((await kept).table.name).toBe('emb_touchy');
    expect((await ask('sleep 1')).table.name).toBe('emb_touchy');
  });

  test('of a view without a vector is one of its picture', async () => {
    await makeTable(dataset, 'emb_none');
    const [view] = await Array.fromAsync(dataset.views.stream({}, { limit: 1 }));
    if (view === undefined) throw new Error('The fixture is gone.');
    expect(await search({ view }, { table: 'emb_none' })).toMatchObject({ hits: [], explain: { exact: true } });
  });

  test.each<[string, SearchQuery, object]>([
    ['too short', { vector: [1, 2] }, { code: 'DIMENSION_MISMATCH', issues: [{ path: ['query', 'vector'] }] }],
    ['of no view', { view: { table: 'image', id: 'gone' } }, { code: 'NOT_FOUND' }],
    ['of a file', { imageUrl: 'file:///etc/passwd' }, { issues: [{ path: ['query', 'imageUrl'] }] }],
    [
      'of a host that is not allowed',
      { imageUrl: 'http://127.0.0.1/x.png' },
      { issues: [{ path: ['query', 'imageUrl'], message: expect.stringContaining('mediaHosts') }] },
    ],
  ])('%s is refused', async (_what, query, error) => {
    await expect(search(query)).rejects.toMatchObject({ code: 'INVALID_INPUT', ...error });
  });

  test('with a number that is not finite is refused', async () => {
    const { dimensions } = await dataset.embeddingTable(table);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 1e39]) {
      const vector = Array<number>(dimensions).fill(1).with(1, wrong);
      await expect(search({ vector })).rejects.toMatchObject({ issues: [{ path: ['query', 'vector'] }] });
    }
  });

  test('with numbers too large for squared distances, or a text too long to be read, is refused', async () => {
    const { dimensions } = await dataset.embeddingTable(table);
    const vector = Array<number>(dimensions).fill(1e38);
    await expect(search({ vector })).rejects.toMatchObject({ issues: [{ path: ['query', 'vector'] }] });
    const text = 'a'.repeat(10_001);
    await expect(search({ text })).rejects.toMatchObject({ issues: [{ path: ['query', 'text'] }] });
    await expect(search({ text: text.slice(1) })).resolves.toMatchObject({ explain: { exact: true } });
  });

  test('of text is embedded once, and together with those that come while the model is at work', async () => {
    // Whose graphs take several texts at once.
    const space = { embeddingFunction: 'open-clip', options: { name: 'free-batch', pretrained: 'random' } };
    const { texts } = queryModelsOf(models.models);
    const { embedTexts } = ChildModel.prototype;
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    using embed = vi.spyOn(ChildModel.prototype, 'embedTexts').mockImplementationOnce(async function (
      this: ChildModel,
      ...call
    ) {
      begun.resolve();
      await held.promise;
      return embedTexts.apply(this, call);
    });
    const first = texts.of(space, 'the first', undefined);
    await begun.promise;
    const others = Array.from({ length: 8 }, (_, index) => texts.of(space, `words ${index % 4}`, undefined));
    held.resolve();
    await Promise.all([first, ...others]);
    await texts.of(space, 'words 1', undefined);
    expect(embed.mock.calls.map(([each]) => each)).toEqual([
      ['the first'],
      ['words 0', 'words 1', 'words 2', 'words 3'],
    ]);
  });

  test('of text to a model that takes none names the tables that could answer', async () => {
    await makeTable(dataset, 'emb_image', { embeddingFunction: 'touchy', options: { text: false } });
    await expect(search({ text: 'a' }, { table: 'emb_image' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/takes no text; those of .*"emb_tiny".* do/),
      issues: [{ path: ['query', 'text'] }],
    });
  });
});
