import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dataset } from '../../src/core/dataset.ts';
import { RemoteMedia } from '../../src/core/remote-media.ts';
import type { View } from '../../src/core/view.ts';
import { type ThumbnailOptions, type ThumbnailSource, Thumbnails } from '../../src/server/thumbnails.ts';
import { copyOfLibrary, FIXTURES, type LibraryCopy, openDataset } from '../library.ts';

const PICTURES = join(FIXTURES, 'golden', 'pictures');
const anybody = new AbortController().signal;

let copy: LibraryCopy;
let dataset: Dataset;
let views: View[];
let warnings: string[];

beforeAll(async () => {
  copy = await copyOfLibrary('items');
  dataset = await openDataset(copy);
  views = await Array.fromAsync(dataset.views.stream());
  for (const name of await readdir(PICTURES)) await copyFile(join(PICTURES, name), join(copy.media, name));
  // A file that was just written may change again without a trace.
  await delay(2_100);
});
afterAll(() => copy[Symbol.asyncDispose]());

/** Thumbnails of a service of its own, and where each was had from. */
function service(options: Partial<ThumbnailOptions> = {}) {
  const had: ThumbnailSource[] = [];
  warnings = [];
  const log = { debug() {}, info() {}, warn: (_fields: object, text: string) => warnings.push(text), error() {} };
  const state = dataset.state;
  const thumbnails = new Thumbnails({ state, log, onHad: (source) => had.push(source), ...options });
  return { had, thumbnails };
}

/** The first view, as if its picture were another. */
function viewAt(address: string): View {
  const [view] = views;
  if (view === undefined) throw new Error('The library has views.');
  return { ...view, address };
}

const folder = () => join(dataset.state.path, 'thumbnails');
const thumbnailAt = (thumbnails: Thumbnails, address: string) =>
  thumbnails.of(dataset, viewAt(address), 128, { signal: anybody });

/** The mean of each channel, from 0 to 255. */
async function meansOf(thumbnails: Thumbnails, name: string): Promise<number[]> {
  const picture = await (await thumbnailAt(thumbnails, name)).read();
  return (await sharp(picture).stats()).channels.map(({ mean }) => mean);
}

/** A PNG that says it is so large, and ends there. */
function pngOf(width: number, height: number): Buffer {
  const header = Buffer.from('IHDR\0\0\0\0\0\0\0\0\x08\x02\0\0\0', 'latin1');
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(header));
  const data = Buffer.from('\0\0\0\x0aIDAT\x78\x9c\x63\x60', 'latin1');
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\x0d', 'latin1'), header, sum, data]);
}

describe('a thumbnail', () => {
  test('is made once, and kept in memory and on the disk', async () => {
    const { had, thumbnails } = service();
    const [first, second] = [await thumbnailAt(thumbnails, 'rgb.jpg'), await thumbnailAt(thumbnails, 'rgb.jpg')];
    expect(Buffer.from(await second.read())).toEqual(Buffer.from(await first.read()));
    expect(had).toEqual(['made', 'memory']);
    const next = service();
    const third = await thumbnailAt(next.thumbnails, 'rgb.jpg');
    expect([next.had, third.fingerprint]).toEqual([['disk'], first.fingerprint]);
  });

  test('of each size is one of its own', async () => {
    const { had, thumbnails } = service();
    for (const size of [128, 256, 512] as const) {
      await thumbnails.of(dataset, viewAt('rgb-turned.png'), size, { signal: anybody });
    }
    expect(had).toEqual(['made', 'made', 'made']);
  });

  test('that many ask for at once is made once', async () => {
    const { had, thumbnails } = service();
    await Promise.all(Array.from({ length: 20 }, () => thumbnailAt(thumbnails, 'rgb.webp')));
    expect(had).toEqual(['made']);
  });

  test('is another one once the picture has changed', async () => {
    const { had, thumbnails } = service();
    await copyFile(join(PICTURES, 'rgb.png'), join(copy.media, 'changes.png'));
    const before = await thumbnailAt(thumbnails, 'changes.png');
    await copyFile(join(PICTURES, 'cmyk.jpg'), join(copy.media, 'changes.png'));
    const after = await thumbnailAt(thumbnails, 'changes.png');
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(had).toEqual(['made', 'made']);
  });

  test('of a picture that was written just now is not kept: another change could leave its time as it is', async () => {
    const { had, thumbnails } = service();
    await copyFile(join(PICTURES, 'rgb.png'), join(copy.media, 'new.png'));
    await thumbnailAt(thumbnails, 'new.png');
    await thumbnailAt(thumbnails, 'new.png');
    expect(had).toEqual(['made', 'made']);
  });

  test('that is damaged on the disk is made anew', async () => {
    await thumbnailAt(service().thumbnails, 'l.png');
    for (const name of await readdir(folder())) await writeFile(join(folder(), name), '');
    const { had, thumbnails } = service();
    await thumbnailAt(thumbnails, 'l.png');
    expect(had).toEqual(['made']);
  });

  test('is had where nothing can be kept on the disk, which is said once', async () => {
    await rm(folder(), { recursive: true, force: true });
    await writeFile(folder(), 'in the way');
    const { had, thumbnails } = service();
    for (const name of ['rgb.jpg', 'l.jpg', 'rgb.jpg']) await thumbnailAt(thumbnails, name);
    expect([had, warnings]).toEqual([
      ['made', 'made', 'memory'],
      ['Thumbnails cannot be kept on disk, so they are made anew.'],
    ]);
    await rm(folder());
  });

  test('does not fill the disk', async () => {
    await rm(folder(), { recursive: true, force: true });
    const most = 3_000;
    const { thumbnails } = service({ most });
    for (const name of ['rgb.jpg', 'l.jpg', 'rgb.png', 'rgb.tif', 'cmyk.jpg', 'rgba.png'])
      await thumbnailAt(thumbnails, name);
    await thumbnails[Symbol.asyncDispose]();
    const sizes = await Promise.all(
      (await readdir(folder())).map(async (name) => (await readFile(join(folder(), name))).length),
    );
    expect(sizes.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(most);
  });

  test('of a picture within a table is found again without reading the picture', async () => {
    await using records = await copyOfLibrary('records');
    const inTables = await openDataset(records);
    const [view] = await Array.fromAsync(inTables.views.stream());
    if (view === undefined) throw new Error('The library has views.');
    const { had, thumbnails } = service({ state: inTables.state });
    const ask = () => thumbnails.of(inTables, view, 128, { signal: anybody });
    await ask();
    await rm(join(records.path, 'health_images', 'db', 'images.lance', 'data'), { recursive: true });
    await ask();
    expect(had).toEqual(['made', 'memory']);
  });
});

describe('the picture', () => {
  test.each([
    ['rgb-turned.jpg', [29, 37]],
    ['rgb-turned.webp', [29, 37]],
    ['rgb.jpg', [37, 29]],
    ['rgb-dot.png', [1, 1]],
    ['p-same-size.png', [128, 128]],
  ])('%s is turned as the camera was held, and not made larger', async (name, size) => {
    const { width, height, space, orientation } = await sharp(
      await (await thumbnailAt(service().thumbnails, name)).read(),
    ).metadata();
    expect([[width, height], space, orientation]).toEqual([size, 'srgb', undefined]);
  });

  test('lies on white where it lets through', async () => {
    const [opaque] = await meansOf(service().thumbnails, 'l.png');
    const [through] = await meansOf(service().thumbnails, 'la.png');
    const [deep] = await meansOf(service().thumbnails, 'la-16-bit.png');
    expect(through).toBeGreaterThan((opaque ?? 255) + 30);
    expect(deep).toBeGreaterThan((opaque ?? 255) + 30);
  });

  test.each(['l-16-bit.png', 'rgb-16-bit.png'])('%s of 16 bits keeps its brightness', async (name) => {
    const { channels } = await sharp(join(PICTURES, name)).stats();
    for (const [index, mean] of (await meansOf(service().thumbnails, name)).entries()) {
      expect(Math.abs(mean - (channels[index]?.mean ?? channels[0]?.mean ?? 0) / 257)).toBeLessThan(2);
    }
  });

  test.each(['cmyk.jpg', 'cmyk.tif'])('%s is shown in colours of the screen', async (name) => {
    const means = await meansOf(service().thumbnails, name);
    expect(means).toHaveLength(3);
    for (const mean of means) expect(mean).toBeGreaterThan(60);
  });

  test.each(['p-animated.gif', 'rgba-animated.webp', 'rgb-pages.tif'])('%s is its first frame', async (name) => {
    const { pages = 1, height } = await sharp(await (await thumbnailAt(service().thumbnails, name)).read()).metadata();
    expect([pages, height]).toEqual([1, 29]);
  });
});

describe('what is no picture that can be decoded', () => {
  test.each([
    ['of 200 megapixels', undefined],
    ['of 100 megapixels, where fewer are allowed', 50_000_000],
  ])('for it is one %s is refused before it is decoded', async (_what, maxPixels) => {
    await writeFile(join(copy.media, 'bomb.png'), pngOf(10_000, maxPixels === undefined ? 20_000 : 10_000));
    const { thumbnails } = service(maxPixels === undefined ? {} : { maxPixels });
    await expect(thumbnailAt(thumbnails, 'bomb.png')).rejects.toMatchObject({ code: 'MEDIA_TOO_LARGE' });
  });

  test.each([100, 400])('for it ends after %i bytes is an error, and stays one', async (length) => {
    await writeFile(join(copy.media, 'cut.jpg'), (await readFile(join(PICTURES, 'rgb.jpg'))).subarray(0, length));
    const { thumbnails } = service();
    for (let i = 0; i < 2; i++) {
      await expect(thumbnailAt(thumbnails, 'cut.jpg')).rejects.toMatchObject({ code: 'MEDIA_UNREADABLE' });
    }
  });

  test('for it is a folder is an error', async () => {
    await mkdir(join(copy.media, 'folder.jpg'));
    await expect(thumbnailAt(service().thumbnails, 'folder.jpg')).rejects.toMatchObject({ code: 'MEDIA_UNREADABLE' });
  });
});

describe('a picture on another machine', () => {
  /** A machine that answers when it is told to, and the dataset that may ask it. */
  async function remote() {
    const asked: string[] = [];
    const [arrived, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const server = createServer(async (request, response) => {
      asked.push(request.url ?? '');
      arrived.resolve();
      response.once('close', () => closed.resolve());
      if (request.url !== '/never.png') response.end(await readFile(join(PICTURES, 'rgb.png')));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { models, media: mediaDir } = copy;
    const remoteMedia = new RemoteMedia([host]);
    return {
      asked,
      arrived: arrived.promise,
      closed: closed.promise,
      dataset: await Dataset.open(dataset.path, { models, mediaDir, remoteMedia }),
      at: (path: string) => viewAt(`http://${host}${path}`),
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await once(server.close(), 'close');
      },
    };
  }

  test('is not asked for again for each thumbnail', async () => {
    await using machine = await remote();
    const { had, thumbnails } = service();
    for (let i = 0; i < 3; i++) await thumbnails.of(machine.dataset, machine.at('/a.png'), 128, { signal: anybody });
    expect([machine.asked, had]).toEqual([['/a.png'], ['made', 'memory', 'memory']]);
  });

  test('is not waited for when all who asked are gone', async () => {
    await using machine = await remote();
    const { thumbnails } = service();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [first, second].map(({ signal }) =>
      thumbnails.of(machine.dataset, machine.at('/never.png'), 128, { signal }).catch((error: Error) => error.name),
    );
    await machine.arrived;
    first.abort();
    expect(await waiting[0]).toBe('AbortError');
    second.abort();
    expect(await waiting[1]).toBe('AbortError');
    await machine.closed;
  });
});
