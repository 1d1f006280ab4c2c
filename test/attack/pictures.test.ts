import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTarget, type Target } from './target.ts';

let target: Target;
let jpeg: Buffer;
beforeAll(async () => {
  target = await startTarget();
  const noise = Buffer.from(Array.from({ length: 300 * 200 * 3 }, (_, index) => (index * 7919) % 251));
  jpeg = await sharp(noise, { raw: { width: 300, height: 200, channels: 3 } })
    .jpeg()
    .toBuffer();
});
afterAll(() => target[Symbol.asyncDispose]());

/** The view of `os-machoire.jpg`. */
const VIEW = 'jLU55V3R6mmnB3KzCV3veJ';
const BOUNDARY = 'x-boundary-x';
const SEARCH = `query ($image: Upload!) { dataset(by: { folder: "health_images" }) {
  search(input: { table: "emb_tiny", query: { image: $image } }, first: 1) { nodes { pixanoId } } } }`;

async function upload(file: Uint8Array) {
  const part = (name: string, more: string, content: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}`;
  const before = [
    part('operations', '', JSON.stringify({ query: SEARCH, variables: { image: null } })),
    part('map', '', '{"0":["variables.image"]}'),
    part('0', '; filename="a.png"\r\nContent-Type: image/png', ''),
  ].join('\r\n');
  const { text } = await target.http('/graphql', {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'x-graphql-yoga-csrf': '1' },
    body: Buffer.concat([Buffer.from(before), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]),
  });
  const { errors = [], data } = JSON.parse(text);
  return { data, code: errors[0]?.extensions?.code, message: errors[0]?.message };
}

function chunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of one colour whose header says what it says; its rows are those of the last two numbers. */
function png(width: number, height: number, rowBytes: number, rows: number, colourType = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colourType], 8);
  const data = deflateSync(Buffer.alloc((rowBytes + 1) * rows), { level: 1 });
  const signature = Buffer.from([0x89, ...Buffer.from('PNG\r\n\x1a\n')]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND')]);
}

const svg = (inner: string) =>
  Buffer.from(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "&a;&a;&a;">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="99999" height="99999">${inner}</svg>`);

/** Which of the two it must be is given; `either` where libvips may read it or not. */
const HOSTILE: readonly (readonly [
  name: string,
  bytes: () => Uint8Array,
  outcome: 'refused' | 'answered' | 'either',
])[] = [
  ['a PNG of 100 megapixels', () => png(10_000, 10_000, 10_000, 10_000), 'answered'],
  ['a PNG that says 2^31 pixels', () => png(65_536, 32_768, 10, 10), 'refused'],
  ['a PNG that says (2^31 - 1)^2 pixels', () => png(2 ** 31 - 1, 2 ** 31 - 1, 10, 10), 'refused'],
  ['a PNG of 0 pixels', () => png(0, 0, 0, 0), 'refused'],
  ['a PNG of one row of 2^30 pixels', () => png(2 ** 30, 1, 10, 1), 'refused'],
  ['a PNG with fewer rows than it says', () => png(1_000, 1_000, 1_000, 3), 'refused'],
  ['a PNG of a colour type that is none', () => png(10, 10, 10, 10, 7), 'refused'],
  ['a JPEG that ends after its header', () => jpeg.subarray(0, 200), 'refused'],
  ['half of a JPEG', () => jpeg.subarray(0, jpeg.length / 2), 'refused'],
  ['a JPEG of nothing but its first bytes', () => jpeg.subarray(0, 3), 'refused'],
  [
    'a JPEG with garbage within',
    () => Buffer.concat([jpeg.subarray(0, 700), Buffer.alloc(500, 0xa5), jpeg.subarray(1_200)]),
    'either',
  ],
  ['a JPEG with megabytes behind it', () => Buffer.concat([jpeg, Buffer.alloc(5_000_000, 'PK')]), 'either'],
  ['an SVG that reads files', () => svg('<text>&b;</text><image xlink:href="file:///etc/hostname"/>'), 'refused'],
  ['an SVG that calls', () => svg('<image xlink:href="http://127.0.0.1:1/"/><script>alert(1)</script>'), 'refused'],
  ['a GIF that is JavaScript too', () => Buffer.from('GIF89a/*\x01\x00\x01\x00*/=1;alert(1)//'), 'refused'],
  ['a PDF', () => Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n'), 'refused'],
  ['a page', () => Buffer.from('<!doctype html><script>alert(1)</script>'), 'refused'],
  ['PostScript', () => Buffer.from('%!PS\n/x (/etc/passwd) (r) file def'), 'refused'],
  [
    "ImageMagick's own language",
    () => Buffer.from('push graphic-context\nfill \'url(https://127.0.0.1:1/";id")\'\npop graphic-context'),
    'refused',
  ],
  [
    'a TIFF whose directory is itself',
    () => Buffer.from('49492a0008000000010000010400010000000800000008000000', 'hex'),
    'refused',
  ],
  [
    'a WebP that says more than it has',
    () => Buffer.from('RIFF\xff\xff\xff\x7fWEBPVP8L\xff\xff\xff\x7f\x2f\xff\xff\xff\xff', 'latin1'),
    'refused',
  ],
  ['an AVIF of nothing', () => Buffer.from('\0\0\0\x18ftypavif\0\0\0\0mif1avif', 'latin1'), 'refused'],
  [
    'a BMP of a negative height',
    () => Buffer.concat([Buffer.from('BM'), Buffer.alloc(12, 0xff), Buffer.alloc(40, 0xff)]),
    'refused',
  ],
  ['zeros', () => Buffer.alloc(1_000_000), 'refused'],
  ['nothing', () => Buffer.alloc(0), 'refused'],
];

describe('a picture that is', () => {
  test.each(HOSTILE)('%s does no harm where it is searched for', async (_name, bytes, outcome) => {
    const { code, data, message } = await upload(bytes());
    if (outcome === 'refused' || code !== undefined) expect(code, message).toBe('INVALID_INPUT');
    else expect(data.dataset.search.nodes).toHaveLength(1);
    if (outcome === 'answered') expect(code, message).toBeUndefined();
  });

  test.each(HOSTILE)('%s does no harm where it is a view', async (_name, bytes, outcome) => {
    const file = join(target.copy.media, 'health_images/all/os-machoire.jpg');
    await rm(file, { force: true });
    await writeFile(file, bytes());
    const media = await target.http(`/media/health_images/image/${VIEW}`);
    expect(media.status).toBe(200);
    // What a browser could run is not served as that.
    expect(media.headers['content-type']).toMatch(
      /^(image\/(png|jpeg|gif|webp|avif|bmp|tiff)|application\/octet-stream)$/,
    );
    expect(media.headers['content-security-policy']).toContain('sandbox');
    expect(media.headers['x-content-type-options']).toBe('nosniff');
    const thumbnail = await target.http(`/thumbnail/128/health_images/image/${VIEW}`);
    if (outcome === 'refused') expect([413, 415, 422]).toContain(thumbnail.status);
    if (outcome === 'answered') expect(thumbnail.status).toBe(200);
    if (thumbnail.status === 200) expect(thumbnail.headers['content-type']).toBe('image/jpeg');
  });

  test('any of them leaves the service as it was', () => target.expectUnharmed());
});
