/**
 * Draws the pictures and sentences that `train.py` learns from: `NNNNN.jpg`, `captions.jsonl` (one
 * line a picture: its scene and 16 sentences) and `unrelated.txt` (sentences about other things).
 *
 *     node render.ts FOLDER [COUNT]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captionOf, unrelatedCaption } from '../../../src/demo/caption.ts';
import { isHeldOut } from '../../../src/demo/held-out.ts';
import { paintScene } from '../../../src/demo/picture.ts';
import { Random } from '../../../src/demo/random.ts';
import { sceneAt } from '../../../src/demo/scene.ts';

const SEED = 20_261_123;
const CAPTIONS = 16;

const [folder, count = '30000'] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder to render into: node render.ts FOLDER [COUNT]');
await mkdir(folder, { recursive: true });

const lines: string[] = [];
const unrelated: string[] = [];
let pending: Promise<void>[] = [];
for (let index = 0; lines.length < Number(count); index += 1) {
  const scene = sceneAt(SEED, index);
  if (isHeldOut(scene)) continue;
  const random = new Random(SEED, index, 3);
  const captions = Array.from({ length: CAPTIONS }, () => captionOf(scene, random));
  const file = `${String(lines.length).padStart(5, '0')}.jpg`;
  pending.push(paintScene(scene, SEED, index).then((jpeg) => writeFile(join(folder, file), jpeg)));
  lines.push(JSON.stringify({ file, scene, captions }));
  unrelated.push(unrelatedCaption(scene, random), unrelatedCaption(scene, random));
  if (pending.length === 64) {
    await Promise.all(pending);
    pending = [];
  }
}
await Promise.all(pending);
await writeFile(join(folder, 'captions.jsonl'), `${lines.join('\n')}\n`);
await writeFile(join(folder, 'unrelated.txt'), `${unrelated.join('\n')}\n`);
