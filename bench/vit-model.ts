import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Attribute, type Initializer, type Node, writeOnnx } from './onnx-file.ts';

const SIZE = 224;
const PATCH = 32;
const WIDTH = 768;
const LAYERS = 12;
const HEADS = 12;
const DIMENSIONS = 512;
const TOKENS = (SIZE / PATCH) ** 2 + 1;

const MEAN = [0.48145466, 0.4578275, 0.40821073];
const STD = [0.26862954, 0.26130258, 0.27577711];

export const VIT_MODEL = 'ViT-B-32';

/** A model folder, and how a plugin is asked for it. */
export interface VitFolder {
  /** Absolute path of the graph. */
  readonly graph: string;
  readonly embeddingFunction: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** How each plugin wants the folder. */
interface Layout {
  readonly folder: string;
  readonly graph: string;
  readonly input: string;
  readonly output: string;
  readonly files: Readonly<Record<string, object>>;
  readonly options: Readonly<Record<string, unknown>>;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  'open-clip': {
    folder: `${VIT_MODEL}__random`,
    graph: 'visual/model.onnx',
    input: 'image',
    output: 'embedding',
    files: {
      'config.json': { embed_dim: DIMENSIONS },
      'visual/preprocess_cfg.json': {
        size: [SIZE, SIZE],
        mode: 'RGB',
        mean: MEAN,
        std: STD,
        interpolation: 'bicubic',
        resize_mode: 'shortest',
        fill_color: 0,
      },
    },
    options: { name: VIT_MODEL, pretrained: 'random' },
  },
  transformers: {
    folder: `random/${VIT_MODEL}`,
    graph: 'onnx/vision_model.onnx',
    input: 'pixel_values',
    output: 'image_embeds',
    files: {
      'config.json': { model_type: 'clip', projection_dim: DIMENSIONS },
      'preprocessor_config.json': {
        image_processor_type: 'CLIPImageProcessor',
        size: { shortest_edge: SIZE },
        crop_size: { height: SIZE, width: SIZE },
        resample: 3,
        image_mean: MEAN,
        image_std: STD,
      },
    },
    options: { model_name: `random/${VIT_MODEL}` },
  },
  siglip: {
    folder: `random/siglip-${VIT_MODEL}`,
    graph: 'onnx/vision_model.onnx',
    input: 'pixel_values',
    output: 'pooler_output',
    files: {
      'config.json': { model_type: 'siglip', vision_config: { hidden_size: DIMENSIONS } },
      'preprocessor_config.json': {
        image_processor_type: 'SiglipImageProcessor',
        size: { height: SIZE, width: SIZE },
        resample: 3,
        image_mean: MEAN,
        image_std: STD,
      },
    },
    options: { model_name: `random/siglip-${VIT_MODEL}` },
  },
};

export const VIT_PLUGINS = Object.keys(LAYOUTS);

/**
 * A model folder of ViT-B-32's visual part, as the plugin wants it, with weights drawn by lot and any batch:
 * 350 MB, made once.
 * @param models the folder to put it in
 */
export async function makeVitModel(models: string, plugin: string): Promise<VitFolder> {
  const layout = LAYOUTS[plugin];
  if (layout === undefined) throw new RangeError(`--plugin is one of ${VIT_PLUGINS.join(', ')}`);
  const folder = join(models, layout.folder);
  const made = { graph: join(folder, layout.graph), embeddingFunction: plugin, options: layout.options };
  if (existsSync(folder)) return made;
  const unfinished = join(models, `${VIT_MODEL}.${process.pid}`);
  await mkdir(dirname(join(unfinished, layout.graph)), { recursive: true });
  for (const [file, value] of Object.entries(layout.files)) {
    await writeFile(join(unfinished, file), JSON.stringify(value));
  }
  await writeOnnx(join(unfinished, layout.graph), new VisionTransformer().graph(layout));
  await mkdir(dirname(folder), { recursive: true });
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return made;
}

/** open_clip's vision transformer, layer by layer. */
class VisionTransformer {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #noise = noise(1 << 20);

  graph({ input, output }: { readonly input: string; readonly output: string }) {
    const patches = this.#add('Conv', [input, this.#weights([WIDTH, 3, PATCH, PATCH])], { strides: [PATCH, PATCH] });
    const flat = this.#add('Reshape', [patches, this.#shape([0, WIDTH, TOKENS - 1])]);
    const tokens = this.#add('Transpose', [flat], { perm: [0, 2, 1] });
    // The class token once for each picture: a sum with nothing of theirs.
    const none = this.#add('ReduceMean', [this.#add('Mul', [tokens, this.#scalar(0)])], { axes: [1] });
    const first = this.#add('Add', [none, this.#weights([1, 1, WIDTH])]);
    const all = this.#add('Concat', [first, tokens], { axis: 1 });
    let stream = this.#norm(this.#add('Add', [all, this.#weights([TOKENS, WIDTH])]));
    for (let layer = 0; layer < LAYERS; layer++) stream = this.#block(stream);
    const pooled = this.#add('Gather', [this.#norm(stream), this.#index(0)], { axis: 1 });
    const projected = this.#add('MatMul', [pooled, this.#weights([WIDTH, DIMENSIONS])]);
    const length = this.#add('ReduceL2', [projected], { axes: [1] });
    this.#nodes.push({ op: 'Div', inputs: [projected, length], output });
    return {
      input: { name: input, shape: ['batch', 3, SIZE, SIZE] },
      output: { name: output, shape: ['batch', DIMENSIONS] },
      nodes: this.#nodes,
      initializers: this.#initializers,
    };
  }

  #block(input: string): string {
    const attended = this.#add('Add', [input, this.#attention(this.#norm(input))]);
    const hidden = this.#linear(this.#norm(attended), WIDTH, WIDTH * 4);
    const erf = this.#add('Erf', [this.#add('Div', [hidden, this.#scalar(Math.SQRT2)])]);
    const gate = this.#add('Mul', [hidden, this.#add('Add', [erf, this.#scalar(1)])]);
    const gelu = this.#add('Mul', [gate, this.#scalar(0.5)]);
    return this.#add('Add', [attended, this.#linear(gelu, WIDTH * 4, WIDTH)]);
  }

  #attention(input: string): string {
    const head = WIDTH / HEADS;
    const heads = (perm: number[]) => {
      const split = this.#add('Reshape', [this.#linear(input, WIDTH, WIDTH), this.#shape([0, 0, HEADS, head])]);
      return this.#add('Transpose', [split], { perm });
    };
    const query = this.#add('Mul', [heads([0, 2, 1, 3]), this.#scalar(head ** -0.5)]);
    const scores = this.#add('MatMul', [query, heads([0, 2, 3, 1])]);
    const weighted = this.#add('MatMul', [this.#add('Softmax', [scores], { axis: 3 }), heads([0, 2, 1, 3])]);
    const joined = this.#add('Transpose', [weighted], { perm: [0, 2, 1, 3] });
    return this.#linear(this.#add('Reshape', [joined, this.#shape([0, 0, WIDTH])]), WIDTH, WIDTH);
  }

  #norm(input: string): string {
    const ones = this.#initializer([WIDTH], new Float32Array(WIDTH).fill(1));
    const zeros = this.#initializer([WIDTH], new Float32Array(WIDTH));
    return this.#add('LayerNormalization', [input, ones, zeros], { axis: 2, epsilon: { float: 1e-5 } });
  }

  #linear(input: string, from: number, to: number): string {
    const product = this.#add('MatMul', [input, this.#weights([from, to])]);
    return this.#add('Add', [product, this.#weights([to])]);
  }

  #add(op: string, inputs: string[], attributes: Record<string, Attribute> = {}): string {
    const output = `${op}_${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, output, attributes });
    return output;
  }

  #weights(dims: number[]): string {
    const data = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    for (let start = 0; start < data.length; start += this.#noise.length) {
      data.set(this.#noise.subarray(0, data.length - start), start);
    }
    return this.#initializer(dims, data);
  }

  #scalar(value: number): string {
    return this.#initializer([], Float32Array.of(value));
  }

  #index(value: number): string {
    return this.#initializer([], BigInt64Array.of(BigInt(value)));
  }

  #shape(dims: number[]): string {
    return this.#initializer([dims.length], BigInt64Array.from(dims, BigInt));
  }

  #initializer(dims: number[], data: Float32Array | BigInt64Array): string {
    const name = `constant_${this.#initializers.length}`;
    this.#initializers.push({ name, dims, data });
    return name;
  }
}

/** The same numbers each time, within 0.04 of zero. */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.08;
  });
}
