import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addViews } from '../core/more-views.ts';
import { copyOfLibrary, type LibraryCopy, openDataset } from '../library.ts';
import { flagsOf, type Outcome, run } from './run.ts';
import { tinyJpeg } from './slow-library.ts';

/** Views that the library has of itself. */
const OWN_VIEWS = 12;
const GOOD = 55 - OWN_VIEWS;

let copy: LibraryCopy;
beforeEach(async () => {
  copy = await copyOfLibrary('items');
  const jpegs = await Promise.all(Array.from({ length: GOOD }, (_, index) => tinyJpeg(index)));
  const files = new Map<string, Uint8Array>(jpegs.map((bytes, index) => [`good-${index}`, bytes]));
  const whole = await tinyJpeg(0);
  files.set('cut', whole.subarray(0, whole.length / 2));
  files.set('text', Buffer.from('no picture at all'));
  files.set('empty', Buffer.alloc(0));
  files.set('huge', hugePng(20_000));
  for (const [name, bytes] of files) await writeFile(join(copy.media, name), bytes);
  await addViews(
    await openDataset(copy),
    [...files.keys(), 'missing'].map((id) => ({ id, url: id })),
  );
});
afterEach(() => copy[Symbol.asyncDispose]());

/** A black and white PNG of so many pixels a side: small as a file, and a bomb when it is decoded. */
function hugePng(side: number): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = Buffer.alloc((side / 8 + 1) * side);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function embed(): Promise<Outcome> {
  return run(['embed', 'health_images', '--table', 'emb', '--json', ...flagsOf(copy)]);
}

function lines({ stdout }: Outcome) {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const failuresOf = (outcome: Outcome): string[] =>
  lines(outcome)
    .at(-1)
    .failures.map(({ view, code }: { view: string; code: string }) => `${view} ${code}`)
    .sort();

test('three corrupt, one missing and one huge picture of sixty are five failures, and the rest is embedded', {
  timeout: 60_000,
}, async () => {
  const first = await embed();
  expect([first.code, first.stderr]).toEqual([3, '']);
  expect(lines(first).at(-1)).toMatchObject({ state: 'SUCCEEDED', total: 60, embedded: 55, skipped: 0, failed: 5 });
  for (const { total, embedded, skipped, failed } of lines(first)) {
    expect(embedded + skipped + failed).toBeLessThanOrEqual(total);
  }
  const five = [
    'cut MEDIA_UNREADABLE',
    'empty MEDIA_UNREADABLE',
    'huge MEDIA_TOO_LARGE',
    'missing MEDIA_MISSING',
    'text MEDIA_UNSUPPORTED',
  ];
  expect(failuresOf(first)).toEqual(five);
  const table = await (await openDataset(copy)).embeddingTable('emb');
  expect(await table.rowCount()).toBe(55);

  const second = await embed();
  expect(second.code).toBe(3);
  expect(lines(second).at(-1)).toMatchObject({ embedded: 0, skipped: 55, failed: 5 });
  expect(failuresOf(second)).toEqual(five);

  // Whether the picture is good now shows only when it is tried, and its file says that it is worth it.
  await writeFile(join(copy.media, 'text'), await tinyJpeg(200));
  await utimes(join(copy.media, 'text'), new Date(), new Date(Date.now() + 5000));
  await writeFile(join(copy.media, 'missing'), await tinyJpeg(201));
  const third = await embed();
  expect(lines(third).at(-1)).toMatchObject({ embedded: 2, skipped: 55, failed: 3 });
  expect(failuresOf(third)).toEqual(five.filter((each) => !/^(text|missing)/.test(each)));
});
