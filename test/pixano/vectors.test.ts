import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PixanoProcess } from './pixano-process.ts';
import { MODEL_FLAGS, type Ranking, SharedLibrary } from './shared-library.ts';
import { pythonOf } from './versions.ts';

const QUERIES = [
  'Microscope!!  image',
  'caf\u00e9 na\u00efve \u0130stanbul',
  'cafe\u0301 with an accent of its own',
  'os cass\u00e9 &amp; fractur\u00e9 &lt;b&gt; &amp;amp;',
  '\u9aa8\u306e\u5199\u771f \u{1f9b4} \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u201ccurly\u201d \u2018quotes\u2019 \u2026 \u2013 \u2014',
  '\ufb01ne \uff2c\uff2f\uff35\uff24 \u00bd \u2116',
  "don't they're we'll I'd it's",
  'tabs\tand\nlines\r\nand\u00a0spaces\u3000wide',
  '3.14159 2,718 0x1F a1b2c3',
  'sch\u00c3\u00b6n mojibake',
  'word '.repeat(120),
  `${'ab'.repeat(200)} end`,
  '<|startoftext|> <end_of_text>',
  '\u0000\u0007 control \u001b[31m',
];

/** Files that Viewfinder does not take. */
const OTHER_PICTURES = ['rgb-bmp'];

/** How each layout's Pixano makes a dataset of the pictures in `media/modes`. */
const LAYOUTS = [
  { version: '0.6.12', layout: 'items', script: 'items.py', build: () => ({}) },
  { version: '0.7.2', layout: 'records', script: 'records.py', build: (pictures: string) => ({ pictures }) },
] as const;

describe.each(LAYOUTS)('Beside Pixano $version ($layout layout)', ({ version, script, build }) => {
  let library: SharedLibrary;
  let pixano: PixanoProcess;
  let failed: readonly string[];

  beforeAll(async () => {
    library = await SharedLibrary.make({ library: 'library', media: 'media' });
    const pictures = join(library.media, 'modes');
    const draw = fileURLToPath(new URL('python/draw_modes.py', import.meta.url));
    await promisify(execFile)(pythonOf(version), [draw, join(pictures, 'train')]);
    pixano = PixanoProcess.start(version, script, [library.path, library.media]);
    await pixano.call('build', { folder: 'modes', ...build(pictures) });
    await pixano.call('create_table', { table: 'emb_theirs' });
    failed = Object.keys(await pixano.call<object>('compute_each', { table: 'emb_theirs' }));
    await library.viewfinder('embed', 'modes', '--table', 'emb_ours', ...MODEL_FLAGS);
  });

  afterAll(async () => {
    await pixano?.[Symbol.asyncDispose]();
    await library?.[Symbol.asyncDispose]();
  });

  /** The vectors of a table by the items that they are of. */
  async function vectorsOf(table: string): Promise<Map<string, Float32Array>> {
    const embeddings = await (await library.open('modes')).embeddingTable(table);
    const rows = await Array.fromAsync(embeddings.rows());
    const vectors = await embeddings.vectors(rows.map((row) => row.id));
    return new Map(rows.map((row, index) => [row.itemId, vectors[index] ?? new Float32Array(0)]));
  }

  test('pictures of every mode have the vectors that it computes', async ({ annotate }) => {
    const [theirs, ours] = await Promise.all([vectorsOf('emb_theirs'), vectorsOf('emb_ours')]);
    const off = [...theirs].map(([name, vector]) => ({ name, difference: difference(vector, ours.get(name)) }));
    const others = off.filter((each) => each.difference > 1e-5);
    const worst = Math.max(...off.filter((each) => !others.includes(each)).map((each) => each.difference));
    await annotate(`${off.length - others.length} pictures agree within ${worst.toExponential(1)} a component`);
    await annotate(`Pixano itself cannot compute: ${failed.join(', ') || 'none'}`);
    await annotate(
      `others: ${others.map(({ name, difference }) => `${name} (${difference.toExponential(1)})`).join(', ') || 'none'}`,
    );
    expect(others.map(({ name }) => name)).toEqual(OTHER_PICTURES);
  });

  test('texts of every kind have the vectors that it computes', async ({ annotate }) => {
    const off: { query: string; difference: number }[] = [];
    for (const query of QUERIES) {
      const theirs = await pixano.call<Ranking>('search', { query, table: 'emb_theirs', limit: 100 });
      const ours = await library.search('modes', query, 'emb_theirs', 100);
      off.push({ query, difference: difference(ours.distances, theirs.distances) });
    }
    const others = off.filter((each) => each.difference > 1e-5);
    const worst = Math.max(...off.filter((each) => !others.includes(each)).map((each) => each.difference));
    await annotate(`${off.length - others.length} texts agree within ${worst.toExponential(1)} a distance`);
    expect(others).toEqual([]);
  });
});

/** The largest of a component; infinite where there is no other vector. */
function difference(vector: ArrayLike<number>, other: ArrayLike<number> = []): number {
  return Math.max(...Array.from(vector, (value, index) => Math.abs(value - (other[index] ?? Infinity))));
}
