import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
let picture: Blob;
beforeAll(async () => {
  server = await startServer();
  picture = new Blob([Uint8Array.from(await readFile(join(server.copy.media, 'health_images/all/os-bras.jpg')))]);
});
afterAll(() => server[Symbol.asyncDispose]());

const search = (name: string) =>
  `${name}: search(input: { table: "emb_tiny", query: { image: $${name} } }, first: 1) { edges { distance } }`;
const ONE = {
  query: `query ($a: Upload!) { dataset(by: { folder: "health_images" }) { ${search('a')} } }`,
  variables: { a: null },
};
const TWO = {
  query: `query ($a: Upload!, $b: Upload!) { dataset(by: { folder: "health_images" }) { ${search('a')} ${search('b')} } }`,
  variables: { a: null, b: null },
};

/** @param parts in the order in which they are sent */
async function send(parts: readonly (readonly [string, string | object | Blob])[]) {
  const form = new FormData();
  for (const [name, value] of parts) {
    if (value instanceof Blob) form.append(name, value, 'picture.jpg');
    else form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const response = await fetch(server.url, { method: 'POST', body: form, headers: { 'x-graphql-yoga-csrf': '1' } });
  return { status: response.status, ...(await response.json()) };
}

const found = { edges: [{ distance: expect.closeTo(0, 5) }] };

describe('files of a multipart request', () => {
  test('come in any order of the parts', async () => {
    const operations = ['operations', ONE] as const;
    const map = ['map', { 0: ['variables.a'] }] as const;
    const orders = [
      [operations, map, ['0', picture] as const],
      [map, operations, ['0', picture] as const],
      [['0', picture] as const, map, operations],
    ];
    for (const parts of orders) expect(await send(parts)).toEqual({ status: 200, data: { dataset: { a: found } } });
  });

  test('may be several, and one may stand in several places', async () => {
    const both = { status: 200, data: { dataset: { a: found, b: found } } };
    const two = { 0: ['variables.a'], 1: ['variables.b'] };
    expect(
      await send([
        ['operations', TWO],
        ['map', two],
        ['0', picture],
        ['1', picture],
      ]),
    ).toEqual(both);
    const one = { 0: ['variables.a', 'variables.b'] };
    expect(
      await send([
        ['operations', TWO],
        ['map', one],
        ['0', picture],
      ]),
    ).toEqual(both);
  });

  test('that are null are missing', async () => {
    const answer = await send([
      ['operations', TWO],
      ['map', { 0: ['variables.a'] }],
      ['0', picture],
    ]);
    expect(answer).toMatchObject({ status: 400, errors: [{ message: expect.stringContaining('"$b"') }] });
  });

  test('need not be there', async () => {
    const operations = { query: '{ __typename }' };
    expect(await send([['operations', operations]])).toEqual({ status: 200, data: { __typename: 'Query' } });
    expect(
      await send([
        ['operations', operations],
        ['map', {}],
      ]),
    ).toMatchObject({ status: 200 });
  });

  test.each<[string, readonly (readonly [string, string | object])[], string]>([
    [
      'without a map',
      [
        ['operations', ONE],
        ['0', 'file'],
      ],
      'a field "map"',
    ],
    [
      'with a map of another file',
      [
        ['operations', ONE],
        ['map', { 1: ['variables.a'] }],
        ['0', 'file'],
      ],
      'the file "1"',
    ],
    [
      'with a map and no file',
      [
        ['operations', ONE],
        ['map', { 0: ['variables.a'] }],
      ],
      'the file "0", which is not there',
    ],
    [
      'with a text for a file',
      [
        ['operations', ONE],
        ['map', { 0: ['variables.a'] }],
        ['0', 'text'],
      ],
      'is a text',
    ],
    [
      'with a map that is a list',
      [
        ['operations', ONE],
        ['map', '[]'],
        ['0', 'file'],
      ],
      'a list of paths',
    ],
    [
      'with a map that is null',
      [
        ['operations', ONE],
        ['map', 'null'],
        ['0', 'file'],
      ],
      'a list of paths',
    ],
    [
      'with a map to no list',
      [
        ['operations', ONE],
        ['map', { 0: 'variables.a' }],
        ['0', 'file'],
      ],
      'a list of paths',
    ],
    [
      'with a map to nowhere',
      [
        ['operations', ONE],
        ['map', { 0: ['variables.b'] }],
        ['0', 'file'],
      ],
      '"variables.b"',
    ],
    [
      'with a map to the query',
      [
        ['operations', ONE],
        ['map', { 0: ['query'] }],
        ['0', 'file'],
      ],
      '"query"',
    ],
    [
      'with a map to all',
      [
        ['operations', ONE],
        ['map', { 0: [''] }],
        ['0', 'file'],
      ],
      'no null',
    ],
    [
      'with a map out of it',
      [
        ['operations', ONE],
        ['map', { 0: ['__proto__.x'] }],
        ['0', 'file'],
      ],
      '"__proto__.x"',
    ],
    [
      'with a map further out',
      [
        ['operations', ONE],
        ['map', { 0: ['constructor.prototype.x'] }],
        ['0', 'file'],
      ],
      'no null',
    ],
  ])('%s are refused, in words', async (_how, parts, message) => {
    const sent = parts.map(([name, value]) => [name, value === 'file' ? picture : value] as const);
    const answer = await send(sent);
    expect(answer).toEqual({
      status: 400,
      errors: [{ message: expect.stringContaining(message), extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    expect(server.log).toEqual([]);
  });
});
