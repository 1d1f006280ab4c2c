/**
 * How long `serve` takes until it answers, with every built-in plugin and that of the examples listed, beside Node
 * alone. Nothing of a model is loaded before it is used.
 *
 *   npm run -s bench:serve -- [--runs 9] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'src/cli/main.ts');

const { values } = parseArgs({ options: { runs: { type: 'string', default: '9' }, json: { type: 'boolean' } } });

const folder = await mkdtemp(join(tmpdir(), 'viewfinder-bench-'));
try {
  await cp(join(ROOT, 'test/fixtures/items'), folder, { recursive: true });
  const config = join(folder, 'config.json');
  const plugins = [join(ROOT, 'examples/plugin-colour-histogram/index.js')];
  await writeFile(config, JSON.stringify({ plugins, library: 'pixano_library', media: 'assets' }));
  const node: number[] = [];
  const serve: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    node.push(await secondsTo('ready', ['-e', 'console.log("ready")']));
    serve.push(await secondsTo('Viewfinder is ready', [MAIN, 'serve', '--port', '0', '--config', config]));
  }
  const measured = { nodeSeconds: median(node), serveSeconds: median(serve), slowestSeconds: Math.max(...serve) };
  if (values.json) console.log(JSON.stringify(measured));
  else console.table([measured]);
} finally {
  await rm(folder, { recursive: true });
}

/** From the start of Node until a line says this; then it is ended. */
async function secondsTo(line: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    output += text;
    if (output.includes(line)) break;
  }
  const seconds = (performance.now() - started) / 1000;
  child.kill('SIGKILL');
  await ended;
  return seconds;
}

function median(seconds: readonly number[]): number {
  return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? 0;
}
