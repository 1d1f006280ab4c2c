import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type Modality,
  type PreparedImage,
} from '../embedding-plugin.ts';
import { type ImageLimits, imageDataUri } from './image-data-uri.ts';
import type { Protocol } from './protocol.ts';
import type { Refusal } from './refusal.ts';
import type { ServerClient } from './server-client.ts';
import { checkVectors, normalized } from './vectors.ts';

export interface RemoteModelSettings {
  readonly name: string;
  /** Of the options; the server's vectors are refused where they are of another length. */
  readonly dimensions: number | undefined;
  readonly normalize: boolean;
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly limits: ImageLimits;
}

/** What any model with a text tower can embed. */
const PROBE = 'a picture';
const MODELS_SHOWN = 12;

/** A model that a server runs. */
export class RemoteModel implements EmbeddingModel {
  readonly dimensions: number;
  readonly distance = 'cosine';
  readonly normalized: boolean;
  readonly modalities = ['image', 'text'] as const;
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly #client: ServerClient;
  readonly #protocol: Protocol;
  readonly #settings: RemoteModelSettings;
  readonly #end = new AbortController();

  private constructor(client: ServerClient, protocol: Protocol, settings: RemoteModelSettings, dimensions: number) {
    this.dimensions = dimensions;
    this.normalized = settings.normalize;
    this.maxBatch = settings.maxBatch;
    this.maxConcurrency = settings.maxConcurrency;
    this.#client = client;
    this.#protocol = protocol;
    this.#settings = settings;
  }

  /**
   * Asks the server whether it serves the model, and for the vector of a text, whose length is that of all.
   *
   * @throws EmbeddingError transient where the server does not answer; final where it does not serve the model
   */
  static async connect(client: ServerClient, protocol: Protocol, settings: RemoteModelSettings): Promise<RemoteModel> {
    const { name } = settings;
    const ask = async (path: string, body?: object) => {
      const outcome = await client.ask(path, body, { impatient: true });
      if ('answer' in outcome) return outcome.answer;
      // Not every server lists its models.
      if (body === undefined && ![401, 403].includes(outcome.refusal.status)) return null;
      throw standing(client, name, outcome.refusal) ?? refused(client, name, outcome.refusal, 'final');
    };
    const served = await protocol.models(ask);
    if (served !== null && !served.includes(name)) throw notServed(client, name, served);
    const vectors = await protocol.embed(ask, 'text', [PROBE]);
    checkVectors(vectors, 1, settings.dimensions);
    const dimensions = vectors[0]?.length ?? 0;
    return new RemoteModel(client, protocol, settings, dimensions);
  }

  async prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    signal?.throwIfAborted();
    const uri = await imageDataUri(bytes, this.#settings.limits);
    signal?.throwIfAborted();
    return { uri };
  }

  async embedImages(images: readonly PreparedImage[], options: CallOptions = {}): Promise<Float32Array[]> {
    return this.#embed('image', images.map(uriOf), options);
  }

  async embedTexts(texts: readonly string[], options: CallOptions = {}): Promise<Float32Array[]> {
    return this.#embed('text', texts, options);
  }

  /** What is under way has no use any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
  }

  async #embed(modality: Modality, inputs: readonly string[], { signal }: CallOptions): Promise<Float32Array[]> {
    if (inputs.length === 0) return [];
    const either = signal === undefined ? this.#end.signal : AbortSignal.any([signal, this.#end.signal]);
    const ask = async (path: string, body?: object) => {
      const outcome = await this.#client.ask(path, body, { signal: either });
      if ('answer' in outcome) return outcome.answer;
      throw this.#failure(outcome.refusal, inputs.length);
    };
    const vectors = await this.#protocol.embed(ask, modality, inputs);
    checkVectors(vectors, inputs.length, this.dimensions);
    return this.normalized ? vectors.map(normalized) : vectors;
  }

  /**
   * Of several inputs, or where the server does not say that it means the input, only trying tells which of them it
   * refuses, if any: MODEL_FAILED leaves that to the core.
   */
  #failure(refusal: Refusal, inputs: number): EmbeddingError {
    const { name } = this.#settings;
    const final = standing(this.#client, name, refusal);
    if (final !== null) return final;
    const blamed = inputs === 1 && (refusal.namesInput || refusal.status === 413 || refusal.status === 415);
    if (!blamed) return refused(this.#client, name, refusal, 'input');
    return new EmbeddingError('MODEL_REFUSED', 'input', `The server refuses this input: ${refusal.message}.`);
  }
}

function uriOf(image: PreparedImage): string {
  if ('uri' in image && typeof image.uri === 'string') return image.uri;
  throw new EmbeddingError('MODEL_FAILED', 'final', 'This image was not prepared by this model.');
}

/** What stays until a person has changed something; null for other refusals. */
function standing(client: ServerClient, name: string, { status, message }: Refusal): EmbeddingError | null {
  switch (status) {
    case 401:
    case 403:
      return new EmbeddingError('MODEL_FAILED', 'final', `${client.keyAdvice} It says: ${message}.`);
    case 404:
    case 405:
      return new EmbeddingError(
        'MODEL_MISSING',
        'final',
        `The server ${client.url} has no model "${name}", or its API is at another address: ${message}.`,
      );
    default:
      return null;
  }
}

function refused(client: ServerClient, name: string, { message }: Refusal, fault: 'input' | 'final'): EmbeddingError {
  return new EmbeddingError(
    'MODEL_FAILED',
    fault,
    `The server ${client.url} refuses to embed with "${name}": ${message}.`,
  );
}

function notServed(client: ServerClient, name: string, served: readonly string[]): EmbeddingError {
  const { url } = client;
  const shown = client.hideKey(served.slice(0, MODELS_SHOWN).join(', ')) || 'none';
  const more = served.length > MODELS_SHOWN ? ` and ${served.length - MODELS_SHOWN} more` : '';
  const message = `The server ${url} has no model "${name}" to embed with; it has: ${shown}${more}.`;
  return new EmbeddingError('MODEL_MISSING', 'final', message);
}
