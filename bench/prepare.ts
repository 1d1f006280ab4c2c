/**
 * What preparing a picture costs here and with Pillow and numpy: CPU time of one picture, of all threads,
 * measured in turn, and whether the same tensor comes out, bit for bit.
 *
 *   npm run -s bench:prepare -- --python PATH [--json]
 *
 * PATH is a Python that has Pillow and numpy. Its side is bench/prepare.py, which can be run apart.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { preparePicture } from '../src/imaging/prepare-picture.ts';
import { CLIP_RECIPE, SIZE } from './clip-recipe.ts';
import { drawPhotograph } from './photograph.ts';

/** The first ones warm both up, compilers above all. */
const WARM_UP = 4;
const ROUNDS = 9;
const PICTURES = [
  { name: '640 x 480 JPEG', width: 640, height: 480, format: 'jpeg', count: 40 },
  { name: '1600 x 1067 JPEG', width: 1600, height: 1067, format: 'jpeg', count: 12 },
  { name: '4000 x 3000 JPEG', width: 4000, height: 3000, format: 'jpeg', count: 3 },
  { name: '640 x 480 PNG', width: 640, height: 480, format: 'png', count: 30 },
] as const;

interface Measurement {
  readonly cpuMs: number;
  readonly sha256: string;
}

const { values } = parseArgs({ options: { python: { type: 'string' }, json: { type: 'boolean' } } });
if (values.python === undefined) {
  console.error('Name a Python that has Pillow and numpy with --python PATH.');
  process.exit(2);
}

const python = spawn(values.python, [fileURLToPath(new URL('./prepare.py', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const nextAnswer = async () => JSON.parse((await answers.next()).value ?? '{}');

async function theirs(file: string, count: number): Promise<Measurement> {
  python.stdin.write(`${JSON.stringify({ file, count })}\n`);
  return nextAnswer();
}

const target = new Float32Array(3 * SIZE * SIZE);

async function ours(file: string, count: number): Promise<Measurement> {
  const bytes = await readFile(file);
  const started = process.cpuUsage();
  for (let i = 0; i < count; i++) await preparePicture(bytes, CLIP_RECIPE, target);
  const { user, system } = process.cpuUsage(started);
  const sha256 = createHash('sha256').update(new Uint8Array(target.buffer)).digest('hex');
  return { cpuMs: (user + system) / 1000 / count, sha256 };
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
try {
  const versions = await nextAnswer();
  const pictures = [];
  for (const { name, width, height, format, count } of PICTURES) {
    const file = join(folder, `${width}.${format}`);
    await (await drawPhotograph(width, height)).toFormat(format, format === 'jpeg' ? { quality: 90 } : {}).toFile(file);
    const rounds: { readonly ours: Measurement; readonly theirs: Measurement }[] = [];
    for (let i = 0; i < WARM_UP + ROUNDS; i++)
      rounds.push({ ours: await ours(file, count), theirs: await theirs(file, count) });
    const measured = rounds.slice(WARM_UP);
    const viewfinderMs = median(measured.map((round) => round.ours.cpuMs));
    const pillowMs = median(measured.map((round) => round.theirs.cpuMs));
    const equal = rounds.every((round) => round.ours.sha256 === round.theirs.sha256);
    pictures.push({ name, viewfinderMs, pillowMs, ratio: viewfinderMs / pillowMs, equal });
  }
  if (values.json) console.log(JSON.stringify({ ...versions, pictures }));
  else {
    console.table(
      pictures.map(({ name, viewfinderMs, pillowMs, ratio, equal }) => ({
        picture: name,
        'Viewfinder, ms': Number(viewfinderMs.toFixed(2)),
        'Pillow, ms': Number(pillowMs.toFixed(2)),
        ratio: Number(ratio.toFixed(2)),
        'same bits': equal,
      })),
    );
    console.log(
      `CPU time of one picture, median of ${ROUNDS} rounds; Pillow ${versions.pillow}, numpy ${versions.numpy}.`,
    );
  }
  if (!pictures.every(({ equal }) => equal)) process.exitCode = 1;
} finally {
  python.stdin.end();
  await rm(folder, { recursive: true });
}
