import { z } from 'zod';
import { CallQueue } from './call-queue.ts';
import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type ModelContext,
  type PreparedImage,
} from './embedding-plugin.ts';
import { ModelChannel } from './model-channel.ts';
import type { CallRequest } from './model-protocol.ts';
import { assertInOrder, OrderWatch } from './order-watch.ts';

/** Time limits in milliseconds. A process that passes one is ended. */
export interface ModelTimeouts {
  /** Of the load of a model, from when its process is started. */
  readonly load: number;
  /** Of one call, from when the model's process has it. */
  readonly call: number;
}

const TIMEOUTS: ModelTimeouts = { load: 300_000, call: 120_000 };

/** Images that wait in the model's process, so that none of its threads ever waits for one. */
const AHEAD = 2;

const LOAD_ID = 0;

const count = z.int().min(1);

const modelDescription = z.object({
  dimensions: count,
  distance: z.enum(['l2', 'cosine', 'dot']),
  normalized: z.boolean(),
  modalities: z.array(z.enum(['image', 'text'])).min(1),
  maxBatch: z.object({ image: z.int().min(0), text: z.int().min(0) }),
  maxConcurrency: count,
  imageRuns: z.object({ atOnce: count, threads: count }).optional(),
});

/**
 * Starts a process and loads a model in it.
 *
 * @param module URL of the module whose default export is the plugin
 * @param options what the plugin's options schema gave
 * @throws EmbeddingError what the plugin's `load` threw; MODEL_FAILED, transient, when the process ended or
 *   passed its time limit; the signal's reason
 */
export async function loadInChild(
  module: string,
  options: unknown,
  context: ModelContext,
  { signal, timeouts }: { readonly signal?: AbortSignal; readonly timeouts?: Partial<ModelTimeouts> | undefined } = {},
): Promise<ChildModel> {
  signal?.throwIfAborted();
  const { load, call } = { ...TIMEOUTS, ...timeouts };
  const channel = new ModelChannel();
  const abort = () => channel.kill('was ended, for its model is not wanted any more');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const answer = await channel.request({ kind: 'load', id: LOAD_ID, module, options, context }, load);
    return new ChildModel(channel, describe(answer, module), context.threads + AHEAD, call);
  } catch (error) {
    channel.kill('was ended, for its model could not be loaded');
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * A model in a process of its own. No text waits for images.
 *
 * Its calls throw, besides what the model throws, MODEL_FAILED: transient when the process has ended or has
 * passed the time limit, about the input when a number of its vector is not finite, and final when the model
 * gave other vectors than it must.
 */
export class ChildModel implements EmbeddingModel {
  readonly dimensions: number;
  readonly distance: EmbeddingModel['distance'];
  readonly normalized: boolean;
  readonly modalities: EmbeddingModel['modalities'];
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly imageRuns: EmbeddingModel['imageRuns'];
  readonly #channel: ModelChannel;
  readonly #limitMs: number;
  readonly #preparing: CallQueue;
  readonly #embeddingImages: CallQueue;
  readonly #embeddingTexts: CallQueue;
  /** The images that lie in the process, by the handles that stand for them here. */
  readonly #prepared = new Map<PreparedImage, { readonly id: number; readonly release: () => void }>();
  readonly #imageOrder = new OrderWatch();
  readonly #textOrder = new OrderWatch();
  /** An image of a batch of which the order is to be looked at. */
  #witness: { readonly image: PreparedImage; readonly bytes: Uint8Array } | undefined;
  #lastId = LOAD_ID;

  constructor(
    channel: ModelChannel,
    description: z.output<typeof modelDescription>,
    preparing: number,
    limitMs: number,
  ) {
    this.dimensions = description.dimensions;
    this.distance = description.distance;
    this.normalized = description.normalized;
    this.modalities = description.modalities;
    this.maxBatch = description.maxBatch;
    this.maxConcurrency = description.maxConcurrency;
    this.imageRuns = description.imageRuns;
    this.#channel = channel;
    this.#limitMs = limitMs;
    this.#preparing = new CallQueue(preparing);
    this.#embeddingImages = new CallQueue(description.maxConcurrency);
    this.#embeddingTexts = new CallQueue(description.maxConcurrency);
  }

  /** False once its process has ended: it will answer no more. */
  get alive(): boolean {
    return this.#channel.alive;
  }

  /** Of its process, while that lives. */
  get pid(): number | undefined {
    return this.alive ? this.#channel.pid : undefined;
  }

  async prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    const id = ++this.#lastId;
    await this.#preparing.run(() => this.#request({ kind: 'prepareImage', id, bytes }, signal), signal);
    if (signal?.aborted) {
      this.#channel.cancel([id]);
      throw signal.reason;
    }
    const handle: PreparedImage = Object.freeze({});
    const release = () => {
      signal?.removeEventListener('abort', release);
      if (this.#witness?.image === handle) this.#witness = undefined;
      if (this.#prepared.delete(handle)) this.#channel.cancel([id]);
    };
    if (this.#imageOrder.due) this.#witness ??= { image: handle, bytes };
    this.#prepared.set(handle, { id, release });
    signal?.addEventListener('abort', release);
    return handle;
  }

  async embedImages(images: readonly PreparedImage[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    if (images.length === 0) return [];
    const witness = this.#witness;
    const vectors = await this.#embedImages(images, signal);
    if (images.length === 1) return vectors;
    this.#imageOrder.seen();
    const place = witness ? images.indexOf(witness.image) : -1;
    if (witness && place >= 0) {
      this.#imageOrder.looked();
      const again = await this.prepareImage(witness.bytes, { signal });
      for (const alone of await this.#embedImages([again], signal)) assertInOrder(vectors, place, alone);
    }
    return vectors;
  }

  async #embedImages(images: readonly PreparedImage[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const prepared = images.map((image) => this.#find(image));
    const request = { kind: 'embedImages', id: ++this.#lastId, images: prepared.map(({ id }) => id) } as const;
    const answer = await this.#embeddingImages.run(() => this.#request(request, signal), signal);
    const vectors = this.#check(answer, images.length);
    for (const { release } of prepared) release();
    return vectors;
  }

  async embedTexts(texts: readonly string[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    if (!this.modalities.includes('text')) {
      throw new EmbeddingError('MODEL_REFUSED', 'final', 'This model embeds images alone, not texts.');
    }
    const vectors = await this.#embedTexts(texts, signal);
    if (texts.length === 1) return vectors;
    const { due } = this.#textOrder;
    this.#textOrder.seen();
    if (due) {
      this.#textOrder.looked();
      for (const alone of await this.#embedTexts(texts.slice(-1), signal)) {
        assertInOrder(vectors, texts.length - 1, alone);
      }
    }
    return vectors;
  }

  async #embedTexts(texts: readonly string[], signal: AbortSignal | undefined): Promise<Float32Array[]> {
    const request = { kind: 'embedTexts', id: ++this.#lastId, texts } as const;
    const answer = await this.#embeddingTexts.run(() => this.#request(request, signal), signal);
    return this.#check(answer, texts.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.end();
  }

  async #request(request: CallRequest, signal: AbortSignal | undefined): Promise<unknown> {
    const cancel = () => this.#channel.cancel([request.id]);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#channel.request(request, this.#limitMs);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #find(image: PreparedImage) {
    const prepared = this.#prepared.get(image);
    if (prepared && this.alive) return prepared;
    const message = 'A prepared image is released, or of another load of the model: prepare it again.';
    throw new EmbeddingError('MODEL_FAILED', 'transient', message);
  }

  #check(answer: unknown, inputs: number): Float32Array[] {
    const fail = (what: string) => new EmbeddingError('MODEL_FAILED', 'final', `The model is broken: ${what}.`);
    if (!Array.isArray(answer)) throw fail('it gave no list of vectors');
    if (answer.length !== inputs) throw fail(`it gave ${answer.length} vectors for ${inputs} inputs`);
    return answer.map((vector: unknown) => {
      if (!(vector instanceof Float32Array)) throw fail('it gave something else than float32 vectors');
      if (vector.length !== this.dimensions) {
        throw fail(`it gave a vector of ${vector.length} numbers, where ${this.dimensions} are right`);
      }
      // Of other inputs it may make good ones.
      if (!vector.every(Number.isFinite)) {
        throw new EmbeddingError('MODEL_FAILED', 'input', 'The model gave a vector with a number that is not finite.');
      }
      return vector;
    });
  }
}

/** What a plugin says of its model is checked like what its model says. */
function describe(answer: unknown, module: string): z.output<typeof modelDescription> {
  const description = modelDescription.safeParse(answer);
  if (description.success) return description.data;
  const reason = z.prettifyError(description.error);
  throw new EmbeddingError('MODEL_FAILED', 'final', `The plugin ${module} describes its model wrongly: ${reason}`);
}
