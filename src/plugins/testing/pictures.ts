import sharp from 'sharp';

/** A colour in 0 to 255, at a place from 0 to 1 across and down. */
type Drawing = (x: number, y: number) => readonly [number, number, number];

const DRAWINGS: readonly { readonly width: number; readonly height: number; readonly draw: Drawing }[] = [
  { width: 64, height: 64, draw: (x, y) => [255 * x, 255 * y, 128] },
  { width: 96, height: 48, draw: (x) => (x < 0.5 ? [220, 20, 30] : [240, 240, 240]) },
  { width: 40, height: 90, draw: (_, y) => (Math.floor(y * 8) % 2 === 0 ? [10, 60, 200] : [250, 220, 40]) },
  { width: 80, height: 80, draw: (x, y) => (Math.hypot(x - 0.5, y - 0.5) < 0.3 ? [20, 160, 60] : [0, 0, 0]) },
  {
    width: 72,
    height: 60,
    draw: (x, y) => ((Math.floor(x * 6) + Math.floor(y * 5)) % 2 ? [255, 255, 255] : [90, 0, 120]),
  },
];

/** Five pictures that nothing has in common but their smallness, as PNG and JPEG files. */
export async function drawnPictures(): Promise<Uint8Array[]> {
  return Promise.all(
    DRAWINGS.map(async ({ width, height, draw }, index) => {
      const pixels = Buffer.alloc(width * height * 3);
      for (let place = 0; place < width * height; place++) {
        const colour = draw((place % width) / width, Math.floor(place / width) / height);
        pixels.set(colour.map(Math.round), place * 3);
      }
      const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
      return index % 2 === 0 ? picture.png().toBuffer() : picture.jpeg({ quality: 90 }).toBuffer();
    }),
  );
}
