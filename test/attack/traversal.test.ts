import { cp, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '@lancedb/lancedb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { SECOND } from './second-dataset.ts';
import { startTarget, type Target } from './target.ts';
import { type KnownDataset, knownDataset } from './world.ts';

/** In each file that nobody is to read. */
const SECRET = 'f1le-of-nobody';

let target: Target;
let known: KnownDataset;
beforeAll(async () => {
  target = await startTarget();
  known = await knownDataset(target, 'health_images');
  await writeFile(join(target.copy.temporary, 'secret.png'), SECRET);
  await writeFile(join(target.copy.temporary, 'preview.png'), SECRET);
});
afterAll(() => target[Symbol.asyncDispose]());

const globalId = (text: string) => Buffer.from(text).toString('base64url');

/** Steps that lead out of a folder, as they are and as a URL may write them. */
const WAYS_OUT = [
  '..',
  '../..',
  '../../secret.png',
  '../pixano_library',
  'second',
  './health_images',
  'health_images/.',
  'health_images/../second',
  'health_images/../../../secret.png',
  'health_images/db/../../second',
  '.viewfinder',
  '/',
  '//',
  '/etc',
  '/etc/passwd',
  'C:\\',
  '..\\..\\secret.png',
  '\\\\host\\share',
  'health_images\0',
  'health_images\0/../second',
  '%2e%2e',
  '..%2f..%2fsecret.png',
  '%252e%252e%252fsecret.png',
  '\u2025/\u2025',
  '․․/',
  '‥',
  '~root',
  'file:///etc/passwd',
  'x'.repeat(5_000),
];

describe('a way out of the library', () => {
  test('is none in a global id, of any type', async () => {
    const types = ['Dataset', 'Item', 'View', 'ViewEmbedding', 'EmbeddingTable', 'EmbeddingJob'];
    const tails = [
      '',
      '/image/x',
      '/image/../../secret.png',
      `/../${SECOND}/images/x`,
      '/emb_tiny/../../info.json',
      '/image',
    ];
    for (const type of types) {
      const ids = WAYS_OUT.filter((way) => way !== SECOND).flatMap((way) =>
        tails.map((tail) => globalId(`${type}:${way}${tail}`)),
      );
      const { data, errors } = await target.ask<{ nodes: unknown[] }>(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
        { ids },
      );
      expect(errors).toBeUndefined();
      expect(data.nodes.filter((node) => node !== null)).toEqual([]);
    }
    await target.expectUnharmed();
  });

  test('is none in the names of a dataset, a table, an item or a job', async () => {
    const query = `query ($text: String!, $id: ID!) {
      folder: dataset(by: { folder: $text }) { id }
      name: dataset(by: { name: $text }) { id }
      pixanoId: dataset(by: { pixanoId: $text }) { id }
      id: dataset(by: { id: $id }) { id }
      embeddingJob(id: $id) { id }
      known: dataset(by: { folder: "health_images" }) { item(pixanoId: $text) { id } embeddingTable(name: $text) { id } }
    }`;
    for (const text of [...WAYS_OUT.filter((way) => way !== SECOND), ...HOSTILE_TEXTS]) {
      const { data } = await target.ask(query, { text, id: globalId(`Dataset:${text}`) });
      expect(data, text).toEqual({
        folder: null,
        name: null,
        pixanoId: null,
        id: null,
        embeddingJob: null,
        known: { item: null, embeddingTable: null },
      });
    }
    const views = `query ($text: String!) { dataset(by: { folder: "health_images" }) { views(table: $text) { totalCount } } }`;
    const search = `query ($text: String!) { dataset(by: { folder: "health_images" }) { search(input: { table: $text, query: { text: "x" } }) { nodes { id } } } }`;
    for (const text of WAYS_OUT) {
      for (const [query, field] of [
        [views, 'views'],
        [search, 'search'],
      ] as const) {
        const { errors } = await target.ask(query, { text });
        expect(errors, text).toMatchObject([
          { path: ['dataset', field], extensions: { code: expect.stringMatching(/NOT_FOUND|INVALID_INPUT/) } },
        ]);
      }
    }
    await target.expectUnharmed();
  });

  test('is none in the name of a table that is made, computed, indexed or dropped', async () => {
    const before = await readdir(target.copy.temporary, { recursive: true });
    const mutation = `mutation ($dataset: ID!, $name: String!) {
      create: createEmbeddingTable(input: { dataset: $dataset, name: $name, embeddingFunction: "open-clip" }) { __typename ...result }
      replace: createEmbeddingTable(input: { dataset: $dataset, name: $name, embeddingFunction: "open-clip", mode: OVERWRITE }) { __typename ...result }
      compute: computeViewEmbeddings(input: { dataset: $dataset, table: $name }) { __typename ...result }
      index: createVectorIndex(input: { dataset: $dataset, table: $name }) { __typename ...result }
      drop: dropEmbeddingTable(dataset: $dataset, table: $name) { __typename ...result }
    }
    fragment result on Error { code message }`;
    const names = [
      ...WAYS_OUT,
      'image',
      'item',
      '.',
      '',
      ' ',
      'a/b',
      'a\\b',
      'a\nb',
      'emb.lance/../x',
      'a:b',
      'CON',
      'a"b',
      "a'b",
      'a`b',
    ];
    // These two name tables as well as any other: within the dataset they are no way out.
    for (const name of names.filter((each) => ![SECOND, '.viewfinder'].includes(each))) {
      const { data } = await target.ask<Record<string, { __typename: string }>>(mutation, { dataset: known.id, name });
      for (const [field, result] of Object.entries(data)) {
        expect(result.__typename, `${field} ${JSON.stringify(name)}`).toMatch(
          /^(ValidationError|NotFoundError|ConflictError)$/,
        );
      }
    }
    const after = await readdir(target.copy.temporary, { recursive: true });
    expect(after.filter((path) => !before.includes(path) && !path.includes('.viewfinder'))).toEqual([]);
    await target.expectUnharmed();
  });

  test('is none in an address of a medium, a thumbnail or a preview', async () => {
    const view = known.viewIds.map((id) => Buffer.from(id, 'base64url').toString().split('/').at(-1))[0] ?? '';
    const spellings = [
      (text: string) => text,
      encodeURIComponent,
      (text: string) => encodeURIComponent(encodeURIComponent(text)),
      (text: string) => text.replaceAll('.', '%2e').replaceAll('/', '%2F'),
    ];
    for (const way of [...WAYS_OUT.filter((each) => each !== SECOND), "x' OR '1'='1"]) {
      for (const spell of spellings) {
        // What is no part of a request line is none of the service's concern.
        const step = spell(way).replace(/[^\x21-\x7e]/g, encodeURIComponent);
        for (const path of [
          `/media/${step}/image/${view}`,
          `/media/health_images/${step}/${view}`,
          `/media/health_images/image/${step}`,
          `/thumbnail/128/${step}/image/${view}`,
          `/thumbnail/128/health_images/${step}/${view}`,
          `/thumbnail/128/health_images/image/${step}`,
          `/thumbnail/${step}/health_images/image/${view}`,
          `/preview/${step}`,
          `/${step}`,
        ]) {
          const { status, text } = await target.http(path);
          // A step that is "." leads to the picture that is meant, as in any URL.
          if (status === 200)
            expect(new URL(path, target.origin).pathname.endsWith(`/health_images/image/${view}`)).toBe(true);
          else expect([302, 400, 404, 414, 431], path).toContain(status);
          expect(text).not.toContain(SECRET);
        }
      }
    }
    await target.expectUnharmed();
  });
});

describe('a view whose address leads out of the media folder', () => {
  const ADDRESSES = [
    '../secret.png',
    '/../secret.png',
    'health_images/../../secret.png',
    '..%2fsecret.png',
    '%2e%2e/secret.png',
    '..\\secret.png',
    'file:../secret.png',
    'file://localhost/etc/hostname',
    'file:///etc/hostname',
    '/etc/hostname',
    '/proc/self/environ',
    '/dev/zero',
    '\0',
    'link.png',
    'linked/secret.png',
    'loop.png',
    '.',
    '',
    'x'.repeat(10_000),
  ];

  test('is not served, shown, embedded or searched', async () => {
    const { media, path, temporary } = target.copy;
    await symlink(join(temporary, 'secret.png'), join(media, 'link.png'));
    await symlink(temporary, join(media, 'linked'));
    await symlink(join(media, 'loop.png'), join(media, 'loop.png'));
    const addresses = [...ADDRESSES, join(temporary, 'secret.png'), `file://${join(temporary, 'secret.png')}`];
    const table = await (await connect(join(path, 'health_images', 'db'))).openTable('image');
    const pixanoIds = known.viewIds.map((id) => Buffer.from(id, 'base64url').toString().split('/').at(-1) ?? '');
    for (let start = 0; start < addresses.length; start += pixanoIds.length) {
      const part = addresses.slice(start, start + pixanoIds.length);
      for (const [index, url] of part.entries()) {
        await table.update({ where: `id = '${pixanoIds[index]}'`, values: { url } });
      }
      const { data } = await target.ask<{ nodes: { mediaUrl: string | null }[] }>(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on View { mediaUrl thumbnailUrl } } }',
        { ids: known.viewIds.slice(0, part.length) },
      );
      expect(data.nodes).toHaveLength(part.length);
      for (const [index] of part.entries()) {
        for (const address of [
          `/media/health_images/image/${pixanoIds[index]}`,
          `/thumbnail/128/health_images/image/${pixanoIds[index]}`,
        ]) {
          const { status, text } = await target.http(address);
          expect([403, 404, 422], part[index]).toContain(status);
          expect(text).not.toContain(SECRET);
        }
      }
      // Each is a failure of its view, whose reason is told without what this machine's paths are.
      const { data: begun } = await target.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
        `mutation ($dataset: ID!, $ids: [ID!]!) {
          computeViewEmbeddings(input: { dataset: $dataset, table: "emb_tiny", views: { ids: $ids }, recompute: true }) {
            ... on ComputeViewEmbeddingsPayload { job { id } } } }`,
        { dataset: known.id, ids: known.viewIds.slice(0, part.length) },
      );
      const { job } = begun.computeViewEmbeddings;
      for (;;) {
        const { data } = await target.ask<{ embeddingJob: { finishedAt: string | null; failed: number } }>(
          'query ($id: ID!) { embeddingJob(id: $id) { finishedAt failed failures { nodes { code message } } } }',
          job,
        );
        if (data.embeddingJob.finishedAt === null) continue;
        expect(data.embeddingJob).toMatchObject({
          failed: part.length,
          failures: { nodes: part.map(() => ({ code: expect.stringMatching(/^MEDIA_/) })) },
        });
        break;
      }
    }
    await target.expectUnharmed();
  });
});

describe('a link in the library', () => {
  test('leads to a dataset where it is one, as Pixano has it, and to nothing else', async () => {
    const { path, temporary } = target.copy;
    await symlink(temporary, join(path, 'outside'));
    await symlink('/', join(path, 'root'));
    await symlink(join(path, 'circle'), join(path, 'circle'));
    await mkdir(join(path, 'linked_preview', 'db'), { recursive: true });
    await cp(join(path, 'health_images', 'info.json'), join(path, 'linked_preview', 'info.json'));
    await symlink(join(temporary, 'secret.png'), join(path, 'linked_preview', 'preview.png'));
    const { data } = await target.ask<{ library: { datasets: { nodes: { folder: string }[] } } }>(
      '{ library { datasets { nodes { folder previewUrl } } problems { folder code message } } }',
    );
    const folders = data.library.datasets.nodes.map(({ folder }) => folder);
    for (const folder of ['outside', 'root', 'circle']) expect(folders).not.toContain(folder);
    const { status, text } = await target.http('/preview/linked_preview');
    expect([403, 404]).toContain(status);
    expect(text).not.toContain(SECRET);
    await rename(join(path, 'linked_preview'), join(temporary, 'linked_preview'));
    await target.expectUnharmed();
  });
});
