import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attribute, type Initializer, type Node, writeOnnx } from './onnx-file.ts';

const SIZE = 224;
const PATCH = 32;
const WIDTH = 768;
const LAYERS = 12;
const HEADS = 12;
const DIMENSIONS = 512;
const TOKENS = (SIZE / PATCH) ** 2 + 1;

/** The folder's name, as the options of open-clip name it. */
export const VIT_MODEL = { name: 'ViT-B-32', pretrained: 'random' } as const;

/**
 * A model folder of ViT-B-32's visual part, as Immich lays them out, with weights drawn by lot and
 * any batch: 350 MB, made once.
 * @param models the folder to put it in
 */
export async function makeVitModel(models: string): Promise<string> {
  const folder = join(models, `${VIT_MODEL.name}__${VIT_MODEL.pretrained}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(join(unfinished, 'visual'), { recursive: true });
  await writeFile(join(unfinished, 'config.json'), JSON.stringify({ embed_dim: DIMENSIONS }));
  const preprocess = {
    size: [SIZE, SIZE],
    mode: 'RGB',
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    interpolation: 'bicubic',
    resize_mode: 'shortest',
    fill_color: 0,
  };
  await writeFile(join(unfinished, 'visual', 'preprocess_cfg.json'), JSON.stringify(preprocess));
  await writeOnnx(join(unfinished, 'visual', 'model.onnx'), new VisionTransformer().graph());
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return folder;
}

/** open_clip's vision transformer, layer by layer. */
class VisionTransformer {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #noise = noise(1 << 20);

  graph() {
    const patches = this.#add('Conv', ['image', this.#weights([WIDTH, 3, PATCH, PATCH])], { strides: [PATCH, PATCH] });
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
    this.#nodes.push({ op: 'Div', inputs: [projected, length], output: 'embedding' });
    return {
      input: { name: 'image', shape: ['batch', 3, SIZE, SIZE] },
      output: { name: 'embedding', shape: ['batch', DIMENSIONS] },
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
