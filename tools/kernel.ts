/**
 * Compiles src/imaging/wasm/resample.ts, which is AssemblyScript, to the resample.wasm beside it. With
 * `--check` it only says whether that file is what the source compiles to.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('../src/imaging/wasm/', import.meta.url));
const OPTIONS = [
  '--optimizeLevel',
  '3',
  '--noAssert',
  '--converge',
  '--enable',
  'simd,relaxed-simd',
  '--runtime',
  'stub',
];

let compiled: Uint8Array | string = '';
const { error, stderr } = await main(['resample.ts', '--outFile', 'resample.wasm', '--baseDir', folder, ...OPTIONS], {
  writeFile(_name, contents) {
    compiled = contents;
  },
});
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
const target = `${folder}resample.wasm`;
if (!process.argv.includes('--check')) {
  await writeFile(target, compiled);
  console.log(`resample.wasm has ${compiled.length} bytes.`);
} else if (!Buffer.from(compiled).equals(await readFile(target))) {
  console.error('src/imaging/wasm/resample.wasm is not what resample.ts compiles to: run npm run kernel.');
  process.exitCode = 1;
} else console.log('resample.wasm is what its source compiles to.');
