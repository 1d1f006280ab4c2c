import sharp, { type Sharp } from 'sharp';

/** Side of a patch in pixels and the range of its colours: large shapes, objects, texture, the camera's noise. */
const LAYERS = [
  { patch: 120, range: 200 },
  { patch: 20, range: 80 },
  { patch: 4, range: 24 },
  { patch: 1, range: 10 },
] as const;

/** A picture that is about as hard to decode as a photograph, and the same each time. */
export async function drawPhotograph(width: number, height: number, seed = 1): Promise<Sharp> {
  const sum = new Float32Array(width * height * 3).fill(128);
  let state = seed;
  for (const { patch, range } of LAYERS) {
    const raw = { width: Math.ceil(width / patch), height: Math.ceil(height / patch), channels: 3 } as const;
    const patches = Uint8Array.from({ length: raw.width * raw.height * 3 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return 128 + range * (state / 0x7fff_ffff - 0.5);
    });
    const layer = await sharp(patches, { raw }).resize(width, height, { fit: 'fill' }).raw().toBuffer();
    for (const [i, value] of layer.entries()) sum[i] = (sum[i] ?? 0) + value - 128;
  }
  return sharp(Uint8ClampedArray.from(sum), { raw: { width, height, channels: 3 } });
}
