import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  type CallOptions,
  EmbeddingError,
  type EmbeddingModel,
  type ImageRuns,
  type ModelContext,
  type PreparedImage,
} from '../embedding-plugin.ts';
import { probeFailure } from '../graph-failure.ts';
import { executionProviders } from '../onnx-device.ts';
import type { PictureConfig } from '../pictures/picture-config.ts';
import { Preparation, preparedPictures } from '../pictures/preparation.ts';
import { type Hardware, imageRuns, textThreads } from '../threads/image-runs.ts';
import { lengthOf, unit } from '../unit-vector.ts';
import { ClipTokenizer } from './clip-tokenizer.ts';
import { findModelFolder } from './model-folder.ts';
import { describeModel, graphFiles, type ModelLayout } from './model-layout.ts';
import type { ClipOptions } from './options.ts';
import type { TokenRules } from './token-rules.ts';
import { Tower, type TowerItem } from './tower.ts';

/** More at once is hardly faster. */
const FREE_BATCH = 32;

/** A vector counts as of length 1 when it is as near as this to it. */
const UNIT_TOLERANCE = 1e-3;

/** What any tokenizer cuts into some of its tokens. */
const PROBE = 'a picture';

/** A CLIP of two ONNX graphs, as Immich exports OpenCLIP. */
export class ClipModel implements EmbeddingModel {
  readonly dimensions: number;
  /** LanceDB's default, by which Pixano searches. */
  readonly distance = 'l2';
  readonly normalized: boolean;
  readonly modalities: EmbeddingModel['modalities'];
  readonly maxBatch: EmbeddingModel['maxBatch'];
  readonly maxConcurrency: number;
  readonly imageRuns: ImageRuns | undefined;
  readonly #visual: Tower;
  readonly #pictures: Preparation;
  readonly #text: TextTower | undefined;
  readonly #threads: AsyncDisposable;

  private constructor(
    dimensions: number,
    options: ClipOptions,
    { visual, pictures, text, imageRuns }: Parts,
    threads: AsyncDisposable,
  ) {
    this.dimensions = dimensions;
    this.normalized = options.normalize;
    this.modalities = text === undefined ? ['image'] : ['image', 'text'];
    this.maxBatch = {
      image: maxBatch(visual, options),
      text: text === undefined ? 0 : maxBatch(text.tower, options),
    };
    // One more than run: it waits beside them, so that none of them ever waits for it.
    this.maxConcurrency = visual.copies + 1;
    this.imageRuns = imageRuns;
    this.#visual = visual;
    this.#pictures = pictures;
    this.#text = text;
    this.#threads = threads;
  }

  /** @throws EmbeddingError MODEL_MISSING, MODEL_FAILED */
  static async load(options: ClipOptions, context: ModelContext): Promise<ClipModel> {
    const { modelFolders, threads, maxPixels } = context;
    const search = await findModelFolder(options, modelFolders);
    if (!search.found) throw new EmbeddingError('MODEL_MISSING', 'final', search.reason);
    const { layout } = search;
    const { dimensions, picture, tokens } = await describeModel(layout, options);
    const graphs = await graphFiles(layout, options.dtype);
    const hardware = { threads, imageRuns: context.imageRuns, providers: await executionProviders(context.device) };
    const runs = imageRuns(hardware, await sizeOf(graphs.visual));
    await using opened = new AsyncDisposableStack();
    const opening = [
      openVisual(graphs.visual, picture, runs, hardware),
      openText(graphs.textual, layout, tokens, hardware),
    ] as const;
    // Both are waited for, so that the one is closed where the other fails.
    for (const each of await Promise.allSettled(opening)) {
      if (each.status === 'fulfilled' && each.value) opened.use(each.value);
    }
    const [visual, text] = await Promise.all(opening);
    const vectors = { path: layout.path, options, length: dimensions, saidBy: 'its config.json says' };
    const length = await checkOutput('visual', visual, emptyPicture(visual, picture), vectors);
    if (text) {
      const asPictures = { ...vectors, length, saidBy: 'those of its pictures have' };
      await checkOutput('textual', text.tower, text.tokenizer.encode(PROBE), asPictures);
    }
    const setup = { config: picture, asBytes: visual.takesBytes, maxPixels };
    const pictures = opened.use(new Preparation(setup, threads));
    const changeable = hardware.providers.includes('cuda') ? undefined : runs;
    return new ClipModel(length, options, { visual, pictures, text, imageRuns: changeable }, opened.move());
  }

  prepareImage(bytes: Uint8Array, { signal }: CallOptions = {}): Promise<PreparedImage> {
    return this.#pictures.prepare(bytes, signal);
  }

  async embedImages(images: readonly PreparedImage[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    const pictures = preparedPictures(images);
    const vectors = await this.#visual.run(
      pictures.map(({ pixels }) => pixels),
      signal,
    );
    this.#pictures.release(pictures);
    return this.#finish(vectors);
  }

  async embedTexts(texts: readonly string[], { signal }: CallOptions = {}): Promise<Float32Array[]> {
    if (this.#text === undefined) {
      throw new EmbeddingError(
        'MODEL_REFUSED',
        'final',
        'This model embeds images alone: its folder has no textual part.',
      );
    }
    const { tower, tokenizer } = this.#text;
    const tokens = texts.map((text) => tokenizer.encode(text));
    return this.#finish(await tower.run(tokens, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#threads[Symbol.asyncDispose]();
  }

  /**
   * Most graphs normalise already, some in half precision. To do it once more moves such a vector by less
   * than a float's last digit, and is right for every graph.
   */
  #finish(vectors: Float32Array[]): Float32Array[] {
    return this.normalized ? vectors.map(unit) : vectors;
  }
}

interface Parts {
  readonly visual: Tower;
  readonly pictures: Preparation;
  readonly text: TextTower | undefined;
  readonly imageRuns: ImageRuns | undefined;
}

interface TextTower extends AsyncDisposable {
  readonly tower: Tower;
  readonly tokenizer: ClipTokenizer;
}

function openVisual(
  file: string,
  { size }: PictureConfig,
  { atOnce, threads }: ImageRuns,
  { providers }: Hardware,
): Promise<Tower> {
  const shapes = { itemShape: [3, ...size], byteShape: [...size, 3] };
  return Tower.open({ file, ...shapes, patient: true, threads, providers }, atOnce);
}

/** A text is a person who waits. Undefined for a model of images alone. */
async function openText(
  file: string | null,
  { textual }: ModelLayout,
  rules: TokenRules,
  { providers, ...hardware }: Hardware,
): Promise<TextTower | undefined> {
  if (file === null) return undefined;
  const tokenizer = await ClipTokenizer.open(textual, rules);
  const setup = { file, itemShape: [tokenizer.contextLength], patient: false, providers };
  const tower = await Tower.open({ ...setup, threads: textThreads(hardware) }, 1);
  return { tokenizer, tower, [Symbol.asyncDispose]: () => tower[Symbol.asyncDispose]() };
}

function emptyPicture({ takesBytes }: Tower, { size }: PictureConfig): TowerItem {
  const length = size.reduce((product, side) => product * side, 3);
  return takesBytes ? new Uint8Array(length) : new Float32Array(length);
}

/** Bytes of a graph and what lies beside it: a large one has its weights there, and graphs of other precisions. */
async function sizeOf(graph: string): Promise<number> {
  const folder = dirname(graph);
  const names = await readdir(folder);
  const weights = names.filter((name) => !name.endsWith('.onnx') || name === basename(graph));
  const files = await Promise.all(weights.map((name) => stat(join(folder, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

interface ExpectedVectors {
  readonly path: string;
  readonly options: ClipOptions;
  /** Null where nothing says it. */
  readonly length: number | null;
  readonly saidBy: string;
}

/**
 * Runs the graph once, to know that its vectors are what the configuration and the options ask for.
 *
 * @returns how long they are
 */
async function checkOutput(
  part: 'visual' | 'textual',
  tower: Tower,
  probe: TowerItem,
  { path, options, length, saidBy }: ExpectedVectors,
): Promise<number> {
  const [vector] = await tower.run([probe]).catch((error: unknown) => {
    throw probeFailure(`${path} (${part})`, error);
  });
  const fail = (reason: string) => new EmbeddingError('MODEL_FAILED', 'final', `The model ${path} ${reason}`);
  if (vector === undefined || (length !== null && vector.length !== length)) {
    throw fail(`gives ${part} vectors of ${vector?.length} numbers, but ${saidBy} ${length}.`);
  }
  if (!options.normalize && Math.abs(lengthOf(vector) - 1) <= UNIT_TOLERANCE) {
    throw fail(
      'normalises its vectors itself, so that those of the option normalize = false cannot be had from it. ' +
        'Leave the option at true in a new table, or use a model that is exported without normalisation.',
    );
  }
  return vector.length;
}

function maxBatch({ fixedBatch }: Tower, options: ClipOptions): number {
  return Math.min(fixedBatch ?? FREE_BATCH, options.batch_size);
}
