import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PictureFile } from '../../src/imaging/decode.ts';
import { PixelScale } from '../../src/imaging/pixel-scale.ts';
import { preparePicture, resizePicture } from '../../src/imaging/prepare-picture.ts';
import type { Raster } from '../../src/imaging/raster.ts';

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

const golden = z
  .object({
    pictures: z.array(
      z.object({
        file: z.string(),
        mode: z.string(),
        cases: z.array(
          z.object({
            size: z.int(),
            resizeMode: z.enum(['shortest', 'squash']),
            interpolation: z.enum(['bicubic', 'bilinear']),
            sha256: z.string(),
          }),
        ),
      }),
    ),
  })
  .parse(JSON.parse(fixture('golden.json').toString()));

function rgbBytes({ data, width, height, channels }: Raster): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < out.length; i++) {
    const pixel = Math.trunc(i / 3) * channels;
    out[i] = data[pixel + (channels < 3 ? 0 : i % 3)] ?? 0;
  }
  return out;
}

describe('a picture is resized bit for bit as Pillow does it', () => {
  test.each(golden.pictures)('$file, mode $mode', async ({ file, cases }) => {
    for (const { size, resizeMode, interpolation, sha256 } of cases) {
      const resized = await resizePicture(fixture(file), {
        size: { width: size, height: size },
        resizeMode,
        interpolation,
      });
      const hash = createHash('sha256').update(rgbBytes(resized)).digest('hex');
      expect({ size, resizeMode, interpolation, sha256: hash }).toEqual({ size, resizeMode, interpolation, sha256 });
    }
  });
});

describe('a prepared picture', () => {
  const recipe = {
    size: { width: 12, height: 8 },
    resizeMode: 'squash',
    interpolation: 'bicubic',
    scale: new PixelScale([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
  } as const;

  test('is float32 planes of red, green and blue, height before width', async () => {
    const planes = new Float32Array(3 * 8 * 12);
    await preparePicture(fixture('rgb.png'), recipe, planes);
    const { data } = await resizePicture(fixture('rgb.png'), recipe);
    const green = Math.fround(Math.fround((data[3 * 13 + 1] ?? 0) / 255) - Math.fround(0.4578275));
    expect(planes[8 * 12 + 13]).toBe(Math.fround(green / Math.fround(0.26130258)));
  });

  test('of a grey picture has three equal planes before they are scaled', async () => {
    const scale = new PixelScale([0, 0, 0], [1, 1, 1]);
    const planes = new Float32Array(3 * 8 * 12);
    await preparePicture(fixture('l.png'), { ...recipe, scale }, planes);
    expect(planes.slice(96, 192)).toEqual(planes.slice(0, 96));
    expect(planes.slice(192)).toEqual(planes.slice(0, 96));
  });

  test('of many pixels waits until no other such picture is in memory', async () => {
    const raw = { width: 5100, height: 5000, channels: 1 } as const;
    const large = await sharp(new Uint8Array(5100 * 5000).fill(51), { raw })
      .png()
      .toBuffer();
    const scale = new PixelScale([0, 0, 0], [1, 1, 1]);
    const targets = [1, 2].map(() => new Float32Array(3 * 8 * 12));
    await Promise.all(targets.map((target) => preparePicture(large, { ...recipe, scale }, target)));
    for (const target of targets) expect(target).toEqual(new Float32Array(3 * 8 * 12).fill(0.2));
  });

  test('is not made once the signal has aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(preparePicture(fixture('rgb.png'), recipe, new Float32Array(288), { signal })).rejects.toThrow(
      'enough',
    );
  });
});

const decodePicture = async (bytes: Uint8Array, maxPixels?: number) =>
  (await PictureFile.open(bytes, maxPixels)).decode();

describe('what is no good picture is refused', () => {
  const unreadable = { name: 'ImageError', code: 'unreadable' };
  const unsupported = { name: 'ImageError', code: 'unsupported' };

  test('an empty file', async () => {
    await expect(decodePicture(new Uint8Array())).rejects.toMatchObject(unreadable);
  });

  test.each(['rgb.png', 'rgb.jpg', 'rgb-progressive.jpg', 'rgb.webp', 'rgb.tif'])('a truncated %s', async (name) => {
    const bytes = fixture(name);
    await expect(decodePicture(bytes.subarray(0, bytes.length * 0.6))).rejects.toMatchObject(unreadable);
  });

  test.each(['rgb.png', 'rgb.jpg'])('a %s that stops in the header', async (name) => {
    await expect(decodePicture(fixture(name).subarray(0, 20))).rejects.toMatchObject(unreadable);
  });

  test('a text', async () => {
    await expect(decodePicture(Buffer.from('no picture at all'))).rejects.toMatchObject(unsupported);
  });

  test('an SVG', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>');
    await expect(decodePicture(svg)).rejects.toMatchObject(unsupported);
  });

  test('more pixels than the limit, before they are decoded', async () => {
    const tooLarge = {
      name: 'ImageError',
      code: 'too-large',
      message: /57 x 40 = 2280 pixels, and the limit is 2279: .* set maxPixels higher/,
    };
    for (const name of ['rgb.png', 'rgb.jpg']) {
      await expect(decodePicture(fixture(name), 2279)).rejects.toMatchObject(tooLarge);
    }
    await expect(decodePicture(fixture('rgb.png'), 2280)).resolves.toMatchObject({ width: 57, height: 40 });
  });
});
