import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer('items', { largestUpload: 100_000 });
});
afterAll(() => server[Symbol.asyncDispose]());

const QUERY = `query ($image: Upload!) { dataset(by: { folder: "health_images" }) {
  search(input: { table: "emb_tiny", query: { image: $image } }, first: 3) { edges { distance node { pixanoId } view { mediaUrl } } }
} }`;

async function upload(file: Uint8Array<ArrayBuffer>, headers: Record<string, string> = { 'x-graphql-yoga-csrf': '1' }) {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: QUERY, variables: { image: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.image'] }));
  form.set('0', new Blob([file]), 'picture.jpg');
  return fetch(server.url, { method: 'POST', body: form, headers });
}

describe('a search by a picture that is uploaded', () => {
  test('finds that picture first', async () => {
    const bytes = await readFile(join(server.copy.media, 'health_images/all/os-bras.jpg'));
    const response = await upload(Uint8Array.from(bytes));
    const { data } = await response.json();
    const { edges } = data.dataset.search;
    expect(edges).toHaveLength(3);
    expect(edges[0].distance).toBeCloseTo(0, 5);
    const found = await fetch(new URL(edges[0].view.mediaUrl, server.url));
    expect(Buffer.from(await found.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.each([
    ['no picture', Uint8Array.from(Buffer.from('This is no picture.')), /no JPEG, PNG/],
    ['too large', new Uint8Array(100_001), /100001 bytes; at most 100000/],
  ])('is refused where it is %s, with the path to it', async (_what, bytes, message) => {
    const { errors } = await (await upload(bytes)).json();
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(message),
        extensions: { code: 'INVALID_INPUT', issues: [{ path: ['query', 'image'] }] },
      },
    ]);
  });

  test('is not read where it is larger than any picture that is taken', async () => {
    expect((await upload(new Uint8Array(3_000_000))).status).toBe(413);
  });

  test('is refused where it may come from a form of a foreign page', async () => {
    expect((await upload(new Uint8Array(1), {})).status).toBe(403);
  });

  test.each([
    ['null', '{"0": ["variables.image"]}'],
    ['{}', '{"0": [5]}'],
    ['{}', '{"0": 5}'],
  ])('of the operations %s and the map %s is refused as no request', async (operations, map) => {
    const form = new FormData();
    form.set('operations', operations);
    form.set('map', map);
    form.set('0', new Blob(['x']), 'picture.jpg');
    const body = { method: 'POST', body: form, headers: { 'x-graphql-yoga-csrf': '1' } };
    const response = await fetch(server.url, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(server.log).toEqual([]);
  });

  test('is a file, and no text', async () => {
    const { errors } = await server.ask(QUERY, { image: 'picture.jpg' });
    expect(errors?.[0]?.message).toContain('An Upload is a file of a multipart request.');
  });
});
