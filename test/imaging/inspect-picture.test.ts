import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { PictureFile } from '../../src/imaging/decode.ts';
import { inspectPicture } from '../../src/imaging/inspect-picture.ts';

/** A picture whose every part takes bytes of its own. */
function noise(width: number, height: number) {
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

test.each([
  ['JPEG', () => noise(200, 90).jpeg()],
  ['PNG', () => noise(200, 90).png()],
  ['PNG', () => noise(200, 90).png({ palette: true })],
  ['PNG', () => noise(200, 90).toColourspace('grey16').png()],
  ['WEBP', () => noise(200, 90).webp()],
  ['GIF', () => noise(200, 90).gif()],
  ['TIFF', () => noise(200, 90).tiff()],
  ['JPEG', () => noise(200, 90).toColourspace('cmyk').jpeg()],
  ['AVIF', () => noise(200, 90).avif()],
])('a %s file is measured as it is, and shown in small', async (format, picture) => {
  const { preview, ...facts } = await inspectPicture(await picture().toBuffer());
  expect(facts).toEqual({ width: 200, height: 90, format });
  expect(await sharp(preview).metadata()).toMatchObject({ format: 'png', width: 64, height: 29 });
});

test('no orientation is applied, and nothing is made larger', async () => {
  const turned = await noise(20, 10).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const { preview, ...facts } = await inspectPicture(turned);
  expect(facts).toEqual({ width: 20, height: 10, format: 'JPEG' });
  expect(await sharp(preview).metadata()).toMatchObject({ width: 20, height: 10 });
});

describe('what cannot be decoded is refused as well:', () => {
  test.each([
    ['JPEG', () => noise(400, 300).jpeg()],
    ['PNG', () => noise(400, 300).png()],
    ['WebP', () => noise(400, 300).webp()],
  ])('a %s file that is cut', async (_format, picture) => {
    const whole = await picture().toBuffer();
    for (const share of [0.01, 0.5, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      await expect(PictureFile.open(cut).then((file) => file.decode())).rejects.toMatchObject({ code: 'unreadable' });
      await expect(inspectPicture(cut)).rejects.toMatchObject({ code: 'unreadable' });
    }
  });

  test('a picture of more pixels than are allowed', async () => {
    const bytes = await noise(40, 30).png().toBuffer();
    await expect(inspectPicture(bytes, 1199)).rejects.toMatchObject({ code: 'too-large' });
    await expect(inspectPicture(bytes, 1200)).resolves.toMatchObject({ width: 40 });
  });

  test.each([
    ['nothing', '', 'unreadable'],
    ['a text', 'no picture', 'unsupported'],
    ['a program', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'unsupported'],
  ])('%s', async (_what, content, code) => {
    await expect(inspectPicture(Buffer.from(content))).rejects.toMatchObject({ code });
  });
});
