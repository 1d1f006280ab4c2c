import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeSource, type Source } from './source.ts';

const HEADER = { $pixano: 'jsonl/2', defaults: { bbox: { format: 'xywh', is_normalized: true } } };
const BOX = [0.1, 0.2, 0.3, 0.4];
const MASK = { size: [8, 12], counts: '06h0' };
const POINTS = { template_id: 'face', coords: [1, 2, 3, 4], states: ['visible', 'hidden'] };

/** A source with the pictures a.png and b.png of one split, and these lines. */
async function described(...lines: (object | string)[]): Promise<Source> {
  const source = await makeSource();
  await source.pictures('all/a.png', 'all/b.png');
  await source.metadata('all', ...lines);
  return source;
}

describe('entities and what marks them are taken from each dialect:', () => {
  test.each<[string, object[]]>([
    [
      'lists of 0.6',
      [
        {
          image: 'a.png',
          objects: { category: ['x', 'y'], bboxes: [BOX, null], masks: [null, MASK], keypoints: null },
        },
      ],
    ],
    [
      'one object an entity',
      [
        {
          image: 'a.png',
          objects: [
            { category: 'x', bbox: BOX },
            { category: 'y', mask: MASK },
          ],
        },
      ],
    ],
    [
      'grouped by view, of 0.7',
      [
        {
          views: { image: { path: 'a.png' } },
          entities: [
            { category: 'x', annotations: { image: { bbox: BOX } } },
            { category: 'y', annotations: { image: { mask: MASK } } },
          ],
        },
      ],
    ],
    [
      'jsonl/2 of 0.8',
      [
        HEADER,
        {
          views: { image: 'a.png' },
          entities: [
            { attrs: { category: 'x' }, annotations: [{ kind: 'bbox', coords: BOX }] },
            { attrs: { category: 'y' }, annotations: [{ kind: 'mask', rle: MASK }] },
          ],
        },
      ],
    ],
  ])('%s', async (_dialect, lines) => {
    await using source = await described(...lines);
    await source.import();
    const entities = await source.rows('entities');
    expect(entities.map(({ values }) => values.category)).toEqual(['x', 'y']);
    const [record] = await source.rows('records');
    const [image] = await source.rows('images');
    const refs = { record_id: record?.id, view_id: image?.id };
    const expected = { coords: BOX, format: 'xywh', is_normalized: true, confidence: 1 };
    const boxes = await source.rows('bboxes');
    expect(boxes.map(({ values }) => values)).toMatchObject([{ ...refs, entity_id: entities[0]?.id, ...expected }]);
    const masks = await source.rows('masks');
    expect(masks.map(({ values }) => values)).toMatchObject([{ ...refs, entity_id: entities[1]?.id, size: [8, 12] }]);
    expect(Buffer.from(masks[0]?.values.counts as Uint8Array).toString()).toBe(MASK.counts);
  });
});

test('boxes of 0.6 are normalised where no coordinate is beyond 1, as Pixano takes them', async () => {
  await using source = await described({ image: 'a.png', objects: { bboxes: [BOX, [0, 0, 12, 8]] } });
  await source.import({ layout: 'ITEMS' });
  const boxes = await source.rows('bboxes');
  expect(boxes.map(({ values }) => [values.coords, values.is_normalized, values.format])).toEqual([
    [BOX, true, 'xywh'],
    [[0, 0, 12, 8], false, 'xywh'],
  ]);
});

test('ids, splits, parents and sources that the metadata give are kept', async () => {
  const box = { kind: 'bbox', id: 'box', coords: BOX, confidence: 0.5, source: { type: 'model', name: 'm' } };
  await using source = await described(HEADER, {
    id: 'one',
    split: 'test',
    attrs: { status: 'validated' },
    views: { image: 'a.png' },
    entities: [{ id: 'child', parent_id: 'parent', annotations: [box] }, { id: 'parent' }],
  });
  await source.import();
  expect((await source.rows('records'))[0]?.values).toMatchObject({ id: 'one', split: 'test', status: 'validated' });
  expect((await source.rows('entities')).map(({ values }) => [values.id, values.parent_id])).toEqual([
    ['child', 'parent'],
    ['parent', ''],
  ]);
  const own = { id: 'box', entity_id: 'child', source_type: 'model', source_name: 'm', confidence: 0.5 };
  expect((await source.rows('bboxes'))[0]?.values).toMatchObject(own);
});

test('a path may begin with the name of its split, and one picture may be two items', async () => {
  await using source = await described({ image: 'all/a.png' }, { image: ['a.png'] });
  expect(await source.import()).toMatchObject({ added: 2, failures: [] });
  expect(await source.import()).toMatchObject({ added: 0, present: 2 });
});

test('many lines may name one picture, which is copied once', async () => {
  const lines = Array.from({ length: 12 }, (_, number) => ({ image: 'a.png', number }));
  await using source = await described(...lines);
  expect(await source.import({ layout: 'ITEMS' })).toMatchObject({ added: 12, failures: [] });
  expect(await readdir(join(source.media, 'test/all'))).toEqual(['a.png']);
});

test('an attribute may have the name of something that every object of JavaScript has', async () => {
  await using source = await described({ image: 'a.png', objects: { constructor: ['steel'], bboxes: [BOX] } });
  await source.import();
  expect((await source.rows('entities')).map(({ values }) => values.constructor)).toEqual(['steel']);
});

test('metadata in the source itself describe pictures of its folders', async () => {
  await using source = await described();
  await source.metadata('', { image: 'all/a.png', split: 'train' });
  await source.import();
  expect((await source.rows('records')).map(({ values }) => values.split)).toEqual(['train']);
});

describe('a line that is not as Pixano writes it stops the import before anything is written:', () => {
  test.each<[string, (object | string)[], string]>([
    ['no JSON', [{ image: 'a.png' }, '{"image": "b.png"'], 'all/metadata.jsonl:2: it is not JSON'],
    ['no object', ['7'], 'all/metadata.jsonl:1: Invalid input: expected object'],
    ['no picture', [{ kind: 'x' }], 'all/metadata.jsonl:1: the line names no picture'],
    ['several pictures', [{ image: ['a.png', 'b.png'] }], '"image": must be the path of one picture'],
    ['a wrong id', [{ image: 'a.png', id: 5 }], '"id": Invalid input: expected string, received whole number'],
    ['an id with a space', [{ image: 'a.png', id: 'a b' }], 'Pixano takes none with spaces'],
    [
      'the same id twice',
      [
        { image: 'a.png', id: 'x' },
        { image: 'b.png', id: 'x' },
      ],
      'another item, in all/metadata.jsonl:1',
    ],
    ['an object as attribute', [{ image: 'a.png', place: { x: 1 } }], 'the attribute "place" must be a string'],
    ['a number of more bits', ['{"image": "a.png", "n": 9223372036854775808}'], 'of at most 64 bits'],
    [
      'two types',
      [
        { image: 'a.png', n: 1 },
        { image: 'b.png', n: 'one' },
      ],
      'all/metadata.jsonl:2: "n" is a string here and a whole number in all/metadata.jsonl:1',
    ],
    [
      'a list and a value',
      [
        { image: 'a.png', n: [1] },
        { image: 'b.png', n: 1 },
      ],
      'is a whole number here and a list of',
    ],
    ["a name of Pixano's", [{ image: 'a.png', updated_at: 'x' }], '"updated_at" cannot be an attribute'],
    ["a name of Pixano's classes", [{ image: 'a.png', model_config: 'x' }], '"model_config" cannot be an attribute'],
    [
      'a name that is one of them in capitals',
      [{ image: 'a.png', ID: 'x' }],
      '"ID" cannot be an attribute beside "id"',
    ],
    ['two names that differ in capitals', [{ image: 'a.png', Kind: 'x', kind: 'y' }], 'beside "Kind"'],
    ['a name that is no column', [{ image: 'a.png', 'a-b': 'x' }], '"a-b" cannot be an attribute: rename it'],
    ['texts', [{ image: 'a.png', conversations: [] }], '"conversations" cannot be an attribute: it is not taken'],
    ['a box outside an object', [{ image: 'a.png', bbox: BOX }], 'belongs into an object'],
    ['three coordinates', [{ image: 'a.png', objects: { bboxes: [[1, 2, 3]] } }], 'four coordinates'],
    ['a negative coordinate', [{ image: 'a.png', objects: { bboxes: [[-1, 0, 1, 1]] } }], 'must not be negative'],
    ['lists of two lengths', [{ image: 'a.png', objects: { bboxes: [BOX], c: ['x', 'y'] } }], '"bboxes" has 1, "c" 2'],
    ['an unknown key of jsonl/2', [HEADER, { veiws: { image: 'a.png' } }], 'all/metadata.jsonl:2: '],
    ['a header that is late', [{ attrs: {}, views: { image: 'a.png' } }, HEADER], 'must be in the first line'],
    ['another version', [{ $pixano: 'jsonl/3' }], '"$pixano": '],
    [
      'another view',
      [HEADER, line({ kind: 'bbox', coords: BOX, view: 'left' })],
      'is drawn on a view "left"; the line has: image',
    ],
    ['no format', [line({ kind: 'bbox', coords: BOX })], 'a bbox needs "format" and "is_normalized"'],
    ['a box beyond the picture', [HEADER, line({ kind: 'bbox', coords: [0, 0, 2, 1] })], 'must be from 0 to 1'],
    ['a video', [HEADER, { views: { image: { uri: 'a.mp4', fps: 25 } } }], '"fps"'],
    ['frames', [HEADER, line({ kind: 'bbox', coords: BOX, frame_index: 3 })], 'frames of a video are not taken'],
    ['polygons', [HEADER, line({ kind: 'mask', polygons: [[0, 0, 1, 1]] })], 'not as polygons'],
    ['a classification', [HEADER, line({ kind: 'classification', labels: ['x'] })], 'only bbox, mask and keypoints'],
    [
      'a state too few',
      [HEADER, line({ kind: 'keypoints', ...POINTS, states: ['visible'] })],
      'two coordinates for each',
    ],
    [
      'an unknown state',
      [HEADER, line({ kind: 'keypoints', ...POINTS, states: ['seen', 'hidden'] })],
      'annotations.0.states.0',
    ],
  ])('%s', async (_what, lines, message) => {
    await using source = await described(...lines);
    await expect(source.import({ layout: 'ITEMS' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    });
    await expect(source.rows('item')).rejects.toThrow();
  });

  function line(annotation: object) {
    return { views: { image: 'a.png' }, entities: [{ annotations: [annotation] }] };
  }

  test('a file that is not UTF-8', async () => {
    await using source = await described();
    await writeFile(
      join(source.path, 'all/metadata.jsonl'),
      Buffer.from('{"image": "a.png"}\n{"image": "\xff"}', 'latin1'),
    );
    await expect(source.import()).rejects.toThrow('all/metadata.jsonl:2: it is not UTF-8');
  });
});

describe('a dataset keeps the columns that it was made with:', () => {
  test.each<[string, object, string]>([
    [
      'a new attribute',
      { image: 'b.png', new: 1 },
      'the dataset has no column for "new", and keeps those that it was made with: ',
    ],
    [
      'another type',
      { image: 'b.png', n: 'one' },
      '"n" is a string, and its column in the dataset holds a whole number',
    ],
    ['a fraction', { image: 'b.png', n: 0.5 }, '"n" is a number, and its column in the dataset holds a whole number'],
    ['a new view', { views: { left: 'b.png' } }, 'the dataset has no pictures of a view "left"'],
    ['a new attribute of entities', { image: 'b.png', objects: { age: [3] } }, 'the dataset has no column for "age"'],
  ])('%s', async (_what, line, message) => {
    for (const layout of ['ITEMS', 'RECORDS'] as const) {
      await using source = await described({ image: 'a.png', n: 1, x: 0.5 });
      await source.import({ layout });
      await rm(join(source.path, 'all'), { recursive: true });
      await source.metadata('more', line);
      await source.pictures('more/b.png');
      await expect(source.import()).rejects.toThrow(`more/metadata.jsonl:1: ${message}`);
      await source.metadata('more', { image: 'b.png', x: 2 });
      expect(await source.import()).toMatchObject({ added: 1, present: 0 });
      expect(await source.rows(layout === 'ITEMS' ? 'item' : 'records')).toHaveLength(2);
    }
  });
});
