/**
 * Makes what `npm run test:pixano` needs: one Python environment for each version of Pixano, from
 * the package index that pip knows, and the test model as a checkpoint. What is there already is
 * kept, so only the first run needs a network and its 5 to 10 minutes.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ENVIRONMENTS, MODEL, pythonOf, VERSIONS, type Version } from './versions.ts';

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Prints a version where it is one for which every pinned package has a wheel. */
const SUITABLE = 'import sys, venv; assert (3, 11) <= sys.version_info < (3, 13); print(sys.version.split()[0])';

try {
  for (const version of VERSIONS) {
    if (!(await isReady(version))) await make(version);
  }
  for (const version of VERSIONS) console.log(await contentsOf(version));
  const towers = here('../fixtures/models/pixano-tiny-clip');
  await run(pythonOf('0.8.0'), [here('python/export_checkpoint.py'), towers, join(MODEL.folder, MODEL.name)]);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** Pixano itself is installed last: where it is, all is. */
async function isReady(version: Version): Promise<boolean> {
  const script = 'import importlib.metadata as m; print(m.version("pixano"))';
  const answer = await run(pythonOf(version), ['-c', script]).catch(() => null);
  return answer?.stdout.trim() === version;
}

/** What decides how pictures, texts and tables come out, in one line. */
async function contentsOf(version: Version): Promise<string> {
  const packages = ['pixano', 'lancedb', 'pylance', 'open_clip_torch', 'torch', 'pillow'];
  const list = `" · ".join(f"{n} {m.version(n)}" for n in ${JSON.stringify(packages)})`;
  const script = `import importlib.metadata as m, platform; print(${list}, "· Python", platform.python_version())`;
  return (await run(pythonOf(version), ['-c', script])).stdout.trim();
}

async function make(version: Version): Promise<void> {
  const python = await findPython();
  const folder = join(ENVIRONMENTS, version);
  console.error(`Making the Python environment of Pixano ${version} in ${folder}, which takes some minutes …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(ENVIRONMENTS, { recursive: true });
  try {
    await run(python, ['-m', 'venv', folder]);
    // torch brings what it needs on this platform; the rest is pinned, and complete.
    await pip(version, ['torch==2.13.0']);
    await pip(version, ['--no-deps', 'torchvision==0.28.0', '-r', here(`pins/${version}.txt`)]);
    await run(pythonOf(version), [here('python/torchvision_without_cuda.py')]);
    await pip(version, ['--no-deps', `pixano==${version}`]);
  } catch (cause) {
    const why = cause instanceof Error ? lastLine(cause.message) : String(cause);
    throw new Error(
      `Pixano ${version} could not be installed into ${folder}, which needs a network or a package index that pip knows: ${why}`,
      { cause },
    );
  }
}

async function pip(version: Version, args: readonly string[]): Promise<void> {
  const quietly = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(pythonOf(version), [...quietly, ...args], { maxBuffer: Number.POSITIVE_INFINITY });
}

async function findPython(): Promise<string> {
  const named = process.env.PYTHON;
  const candidates = named === undefined ? ['python3', 'python3.12', 'python3.11', 'python'] : [named];
  for (const candidate of candidates) {
    const answer = await run(candidate, ['-c', SUITABLE]).catch(() => null);
    if (answer !== null) return candidate;
  }
  throw new Error(
    `The tests with the real Pixano need Python 3.11 or 3.12 with its venv module, and ${candidates.join(', ')} is none: set PYTHON to one.`,
  );
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
