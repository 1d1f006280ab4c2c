/**
 * The process in which one model lives: it does what model-channel.ts asks, and ends when told to or when
 * its parent is gone.
 */
import { setPriority } from 'node:os';
import {
  EmbeddingError,
  type EmbeddingModel,
  type EmbeddingPlugin,
  type Fault,
  type PreparedImage,
} from './embedding-plugin.ts';
import type { CallRequest, LoadRequest, ModelAnswer, ModelErrorData, ModelRequest } from './model-protocol.ts';
import { provideContract } from './provide-contract.ts';

// Ctrl-C reaches the whole process group, but the parent decides when a model ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// Nothing is left to save, and process.exit() waits for a native library that runs, or aborts.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('uncaughtException', (error) => {
  process.stderr.write(`${String(error)}\n`, () => process.exit(1));
});
process.on('message', (request: ModelRequest) => {
  receive(request);
});

try {
  // The server must stay quick while a model uses every core.
  setPriority(5);
} catch {
  // Not every system allows it.
}

let model: EmbeddingModel | undefined;
const running = new Map<number, Promise<void>>();
/** What may still be cancelled: the calls under way, and the images that are prepared. */
const controllers = new Map<number, AbortController>();
const prepared = new Map<number, PreparedImage>();

function receive(request: ModelRequest): void {
  switch (request.kind) {
    case 'cancel':
      request.ids.forEach(cancel);
      return;
    case 'end':
      void end();
      return;
    case 'load':
      void answer(request.id, 'final', () => load(request));
      return;
    default: {
      const call = answer(request.id, 'transient', () => perform(request));
      running.set(request.id, call);
      void call.finally(() => running.delete(request.id));
    }
  }
}

async function load({ module, options, context }: LoadRequest): Promise<unknown> {
  provideContract();
  const { default: plugin }: { default: EmbeddingPlugin } = await import(module);
  model = await plugin.load(options, context);
  const { dimensions, distance, normalized, modalities, maxBatch, maxConcurrency, imageRuns } = model;
  return { dimensions, distance, normalized, modalities, maxBatch, maxConcurrency, imageRuns };
}

async function perform(request: CallRequest): Promise<unknown> {
  if (model === undefined) throw new Error('no model is loaded');
  const controller = new AbortController();
  const { signal } = controller;
  controllers.set(request.id, controller);
  if (request.kind === 'prepareImage') {
    try {
      const image = await model.prepareImage(request.bytes, { signal });
      if (!signal.aborted) prepared.set(request.id, image);
    } finally {
      if (!prepared.has(request.id)) controllers.delete(request.id);
    }
    return undefined;
  }
  try {
    if (request.kind === 'embedTexts') return await model.embedTexts(request.texts, { signal });
    return await model.embedImages(request.images.map(preparedImage), { signal });
  } finally {
    controllers.delete(request.id);
  }
}

function preparedImage(id: number): PreparedImage {
  const image = prepared.get(id);
  if (image === undefined)
    throw new EmbeddingError('MODEL_FAILED', 'transient', 'A prepared image is already released.');
  return image;
}

function cancel(id: number): void {
  controllers.get(id)?.abort();
  controllers.delete(id);
  prepared.delete(id);
}

async function answer(id: number, fault: Fault, work: () => Promise<unknown>): Promise<void> {
  try {
    send({ id, value: await work() });
  } catch (error) {
    send({ id, error: errorData(error, fault) });
  }
}

/** The plugin may have its own copy of the class, so that its fields tell what it is. */
function errorData(error: unknown, fault: Fault): ModelErrorData {
  if (error instanceof Error && error.name === 'EmbeddingError' && 'code' in error && 'fault' in error) {
    const known = error as EmbeddingError;
    return { code: known.code, fault: known.fault, message: known.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'MODEL_FAILED', fault, message: `The model failed: ${message}` };
}

function send(message: ModelAnswer): void {
  // Where the parent is gone, `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
}

/** A native library may abort the process that exits while it runs. */
async function end(): Promise<void> {
  for (const controller of controllers.values()) controller.abort();
  await Promise.allSettled(running.values());
  await model?.[Symbol.asyncDispose]();
  process.exit();
}
