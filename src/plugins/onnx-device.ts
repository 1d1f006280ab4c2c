import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddingError, type ModelContext } from './embedding-plugin.ts';
import { StderrTail } from './stderr-tail.ts';

/** ONNX Runtime's names, in the order in which it is to try them for each part of a graph. */
export type ExecutionProviders = readonly ('cuda' | 'cpu')[];

/** Libraries of CUDA take seconds to load for the first time. */
const TRIAL_MS = 60_000;

/**
 * Where ONNX graphs are to run. `auto` is a GPU of NVIDIA's where ONNX Runtime can use one, else the CPU.
 *
 * A provider that is there may still crash the process that tries it, for want of a library or a driver: so another
 * process tries it first.
 *
 * @throws EmbeddingError PLUGIN_UNAVAILABLE, final, where `cuda` is asked for and cannot be had
 */
export async function executionProviders(device: ModelContext['device'] = 'auto'): Promise<ExecutionProviders> {
  if (device === 'cpu') return ['cpu'];
  const obstacle = hasCudaProvider() ? await tryCuda() : 'onnxruntime-node is installed without its CUDA libraries';
  if (obstacle === null) return ['cuda', 'cpu'];
  if (device === 'auto') return ['cpu'];
  const remedy =
    'Install CUDA 12, cuDNN 9 and the libraries of onnxruntime-node (node node_modules/onnxruntime-node/script/install.js), ' +
    'or set the device to auto or cpu.';
  const message = `The device "cuda" cannot be used: ${obstacle}. ${remedy}`;
  throw new EmbeddingError('PLUGIN_UNAVAILABLE', 'final', message);
}

function hasCudaProvider(): boolean {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
  const file = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(folder, file));
}

/** Null where a graph has run with CUDA; else what hindered it, as a part of a sentence. */
async function tryCuda(): Promise<string | null> {
  const entry = new URL(`./onnx-device-process${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(entry), ['cuda'], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: TRIAL_MS,
    killSignal: 'SIGKILL',
  });
  const stderr = new StderrTail(child.stderr);
  const [code, signal] = await once(child, 'close');
  if (code === 0) return null;
  const how = signal === null ? 'it failed' : `the process that tried it was ended by ${signal}`;
  return stderr.last === undefined ? how : `${how}: ${stderr.last.replace(/\.$/, '')}`;
}
