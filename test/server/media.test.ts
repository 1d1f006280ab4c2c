import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServer, type TestServer } from './running-server.ts';

interface ViewNode {
  readonly pixanoId: string;
  readonly mediaUrl: string;
  readonly thumbnailUrl: string;
}

let server: TestServer;
let views: readonly ViewNode[];

beforeAll(async () => {
  server = await startServer();
  const { data } = await server.ask<{ dataset: { views: { nodes: ViewNode[] } } }>(
    '{ dataset(by: { folder: "health_images" }) { views { nodes { pixanoId mediaUrl thumbnailUrl } } } }',
  );
  views = data.dataset.views.nodes;
  // By then a change gives a file another time, and its tag is a strong one.
  await delay(2_100);
});
afterAll(() => server[Symbol.asyncDispose]());

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(server.origin + path, init);
}

/** The view of a picture, and the picture's file. */
async function viewOf(name: string): Promise<ViewNode & { file: string }> {
  const { data } = await server.ask<{ dataset: { items: { nodes: { views: { nodes: ViewNode[] } }[] } } }>(
    `{ dataset(by: { folder: "health_images" }) { items { nodes { views { nodes { pixanoId mediaUrl thumbnailUrl } } } } } }`,
  );
  for (const view of data.dataset.items.nodes.flatMap((item) => item.views.nodes)) {
    const [bytes, file] = [await (await get(view.mediaUrl)).bytes(), join(server.copy.media, 'health_images', name)];
    if (Buffer.from(bytes).equals(await readFile(file))) return { ...view, file };
  }
  throw new Error(`No view has the picture ${name}.`);
}

describe('a medium', () => {
  test('is the file as it is, with headers for browsers', async () => {
    const { mediaUrl, file } = await viewOf('all/os-bras.jpg');
    const response = await get(mediaUrl);
    expect(Buffer.from(await response.bytes())).toEqual(await readFile(file));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, max-age=60',
      etag: expect.stringMatching(/^"[\w-]+"$/),
    });
    expect((await get((await viewOf('all/irm-cerveau.png')).mediaUrl)).headers.get('content-type')).toBe('image/png');
  });

  test('is not sent again to one who has it', async () => {
    const path = views[0]?.mediaUrl ?? '';
    const etag = (await get(path)).headers.get('etag') ?? '';
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const response = await get(path, { headers: { 'if-none-match': known } });
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('can be asked for without its bytes, and not be written', async () => {
    const path = views[0]?.mediaUrl ?? '';
    const [whole, head] = [await get(path), await get(path, { method: 'HEAD' })];
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(String((await whole.bytes()).length));
    expect(await head.text()).toBe('');
    const put = await get(path, { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('is known by its time where the client has no tag, and only by the very same', async () => {
    const path = views[0]?.mediaUrl ?? '';
    const time = (await get(path)).headers.get('last-modified') ?? '';
    expect(time).toMatch(/ GMT$/);
    const since = (header: string) => get(path, { headers: { 'if-modified-since': header } });
    expect((await since(time)).status).toBe(304);
    for (const other of [new Date(Date.parse(time) + 1000).toUTCString(), 'yesterday', '']) {
      expect((await since(other)).status).toBe(200);
    }
    // The tag says more.
    const headers = { 'if-modified-since': time, 'if-none-match': '"other"' };
    expect((await get(path, { headers })).status).toBe(200);
  });

  test('is sent in part to one who has the rest', async () => {
    const path = views[3]?.mediaUrl ?? '';
    const whole = await get(path);
    const etag = whole.headers.get('etag') ?? '';
    const bytes = Buffer.from(await whole.bytes());
    const part = async (headers: Record<string, string>) => {
      const response = await get(path, { headers });
      return [response.status, response.headers.get('content-range'), Buffer.from(await response.bytes())];
    };
    const { length } = bytes;
    expect(await part({ range: 'bytes=2-99' })).toEqual([206, `bytes 2-99/${length}`, bytes.subarray(2, 100)]);
    expect(await part({ range: 'bytes=-7' })).toEqual([
      206,
      `bytes ${length - 7}-${length - 1}/${length}`,
      bytes.subarray(-7),
    ]);
    expect(await part({ range: 'bytes=2-', 'if-range': etag })).toEqual([
      206,
      `bytes 2-${length - 1}/${length}`,
      bytes.subarray(2),
    ]);
    for (const other of ['"other"', `W/${etag}`]) {
      expect(await part({ range: 'bytes=2-', 'if-range': other })).toEqual([200, null, bytes]);
    }
    expect(await part({ range: `bytes=${length}-` })).toEqual([416, `bytes */${length}`, Buffer.alloc(0)]);
    expect(await part({ range: 'bytes=0-1,4-5' })).toEqual([200, null, bytes]);
  });

  test('may be larger than what is read into memory', async () => {
    const { mediaUrl, thumbnailUrl, file } = await viewOf('val/os-main.png');
    const bytes = await readFile(file);
    const size = 300 * 1024 * 1024;
    await truncate(file, size);
    expect((await get(mediaUrl, { method: 'HEAD' })).headers.get('content-length')).toBe(String(size));
    const end = await get(mediaUrl, { headers: { range: 'bytes=-3' } });
    expect([end.status, (await end.bytes()).length]).toEqual([206, 3]);
    expect((await get(thumbnailUrl)).status).toBe(413);
    await writeFile(file, bytes);
  });

  test('has a weak tag and no time while a change could leave both as they are', async () => {
    const { mediaUrl, file } = await viewOf('all/os-bras.jpg');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -1));
    await writeFile(file, bytes);
    const response = await get(mediaUrl);
    expect(response.headers.get('etag')).toMatch(/^W\/"[\w-]+"$/);
    expect(response.headers.get('last-modified')).toBeNull();
  });
});

describe('a thumbnail', () => {
  test.each([128, 256, 512])('of %d pixels is a JPEG within them, and never larger than its picture', async (size) => {
    for (const { mediaUrl, pixanoId } of views) {
      const response = await get(`/thumbnail/${size}/health_images/image/${pixanoId}`);
      expect(response.headers.get('content-type')).toBe('image/jpeg');
      const { format, width = 0, height = 0 } = await sharp(await response.bytes()).metadata();
      const picture = await sharp(await (await get(mediaUrl)).bytes()).metadata();
      expect(format).toBe('jpeg');
      expect(Math.max(width, height)).toBe(Math.min(size, Math.max(picture.width ?? 0, picture.height ?? 0)));
    }
  });

  test('of another size is not there', async () => {
    expect((await get(`/thumbnail/4096/health_images/image/${views[0]?.pixanoId}`)).status).toBe(404);
  });
});

describe('what is not a picture of the library', () => {
  test.each([
    ['a view that is gone', '/media/health_images/image/gone'],
    ['a dataset that is not there', '/media/gone/image/x'],
    ['a table that holds no views', '/media/health_images/item/dE3cQtkNgNEWkGMoTLgpDE'],
    ['a preview that Pixano did not make', '/preview/health_images'],
    ['a way out of the library', '/media/..%2f..%2f/image/x'],
    ['a way out of the dataset', '/media/health_images/image%2f..%2fitem/x'],
    ['a way out in plain sight', '/media/health_images/../../etc/passwd'],
    ['a file in place of an id', '/media/health_images/image/..%2f..%2finfo.json'],
    ['an encoded way out', '/media/health_images/%2e%2e/%2e%2e%2finfo.json'],
    ['a NUL', '/media/health_images/image/%00'],
    ['a quote', "/media/health_images/image/x'%20OR%20'1'='1"],
    ['an encoding that is none', '/media/health_images/image/%ff'],
    ['a path below a medium', '/media/health_images/image/x/y'],
    ['the preview of no dataset', '/preview/..%2fhealth_images'],
    ['a thumbnail of a way out', '/thumbnail/128/health_images/image/..%2f..%2finfo.json'],
    ['a thumbnail of a way out of the library', '/thumbnail/128/..%2f..%2f/image/x'],
    ['a thumbnail of no size', '/thumbnail/0/health_images/image/x'],
    ['a thumbnail of a size that is a number all the same', '/thumbnail/128.0/health_images/image/x'],
  ])('is not served: %s', async (_what, path) => {
    // `fetch` would resolve the dots.
    const status = await new Promise((resolve, reject) => {
      request(server.origin, { path }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });

  test('is never served as a page or a script', async () => {
    const { mediaUrl, thumbnailUrl, file } = await viewOf('all/os-fracture.png');
    for (const text of ['<!doctype html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg"/>', '']) {
      await writeFile(file, text);
      const response = await get(mediaUrl);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      expect((await get(thumbnailUrl)).status).toBe(422);
    }
  });

  test('has no thumbnail where it is damaged', async () => {
    const { thumbnailUrl, file } = await viewOf('all/microscope-peau.jpg');
    await writeFile(file, (await readFile(file)).subarray(0, 200));
    const response = await get(thumbnailUrl);
    expect([response.status, await response.text()]).toEqual([422, 'MEDIA_UNREADABLE\n']);
    // It is to be seen at once when it is put right.
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test.runIf(process.platform !== 'win32')(
    'is not waited for where it is a pipe, nor read where it is a folder',
    async () => {
      const { mediaUrl, thumbnailUrl, file } = await viewOf('val/irm-palette.png');
      await rm(file);
      execFileSync('mkfifo', [file]);
      for (const path of [mediaUrl, thumbnailUrl]) expect((await get(path)).status).toBe(422);
      await rm(file);
      await mkdir(file);
      for (const path of [mediaUrl, thumbnailUrl]) expect((await get(path)).status).toBe(422);
    },
  );

  test('is forbidden where it leads out of the media folder, and missing where the file is gone', async () => {
    const { mediaUrl, thumbnailUrl, file } = await viewOf('all/irm-cerveau.png');
    const secret = join(server.copy.temporary, 'secret.png');
    await writeFile(secret, 'secret');
    await rm(file);
    const gone = await get(mediaUrl);
    expect([gone.status, await gone.text()]).toEqual([404, 'MEDIA_MISSING\n']);
    await symlink(secret, file);
    for (const path of [mediaUrl, thumbnailUrl]) {
      const outside = await get(path);
      expect([outside.status, await outside.text()]).toEqual([403, 'MEDIA_FORBIDDEN\n']);
    }
  });
});

test('the preview and the pictures within the tables of the records layout are served', async () => {
  await using records = await startServer('records');
  const { data } = await records.ask<{ dataset: { previewUrl: string; views: { nodes: ViewNode[] } } }>(
    '{ dataset(by: { folder: "health_images" }) { previewUrl views(first: 1) { nodes { mediaUrl thumbnailUrl } } } }',
  );
  const [view] = data.dataset.views.nodes;
  for (const path of [data.dataset.previewUrl, view?.mediaUrl, view?.thumbnailUrl]) {
    const response = await fetch(records.origin + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^image\/(jpeg|png)$/);
    expect((await response.bytes()).length).toBeGreaterThan(100);
  }
});

test.runIf(process.platform === 'linux')('of a client that goes away in the middle nothing is left', async () => {
  const { mediaUrl, file } = await viewOf('val/peau-haute-resolution.jpg');
  await truncate(file, 100 * 1024 * 1024);
  const open = async () => {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((link) => link === file).length;
  };
  const { hostname, port } = new URL(server.origin);
  for (let i = 0; i < 5; i++) {
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${mediaUrl} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await once(socket, 'data');
    expect(await open()).toBeGreaterThan(0);
    socket.destroy();
  }
  await vi.waitFor(async () => expect(await open()).toBe(0));
  expect(server.log).toEqual([]);
});
