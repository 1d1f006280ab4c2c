import sharp from 'sharp';
import { drawScene } from './draw.ts';
import { Random } from './random.ts';
import type { Scene } from './scene.ts';

/**
 * Draws a scene as a JPEG file of 320 x 240 pixels, about 12 kB.
 *
 * @param seed and `index` name the variant: the same three arguments give the same bytes with the
 *   same release of sharp
 */
export async function paintScene(scene: Scene, seed: number, index: number): Promise<Uint8Array> {
  const svg = drawScene(scene, new Random(seed, index, 2));
  return sharp(Buffer.from(svg)).flatten().jpeg({ quality: 88 }).toBuffer();
}
