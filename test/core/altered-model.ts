import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPlugins } from '../../src/plugins/load-plugins.ts';
import { PluginRegistry } from '../../src/plugins/registry.ts';
import { FIXTURES, type TestModels } from '../library.ts';
import { TINY } from './tutorial.ts';

export interface Alteration {
  /** Other values of `visual/preprocess_cfg.json`. */
  readonly preprocess?: Readonly<Record<string, unknown>>;
  /** The same graph with other weights. */
  readonly otherWeights?: boolean;
}

/** Models among which `pixano-tiny-clip` is another than that of the fixtures, under the same name. */
export async function openAlteredModels({ preprocess = {}, otherWeights = false }: Alteration): Promise<TestModels> {
  const modelFolder = await mkdtemp(join(tmpdir(), 'viewfinder-altered-'));
  const folder = join(modelFolder, TINY.name);
  await cp(join(FIXTURES, 'models', TINY.name), folder, { recursive: true });
  const config = join(folder, 'visual/preprocess_cfg.json');
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, 'utf8')), ...preprocess }));
  const graph = join(folder, 'visual/model.onnx');
  if (otherWeights) await writeFile(graph, withOtherWeights(await readFile(graph)));
  const context = { modelFolders: [modelFolder], threads: 2 };
  const models = new PluginRegistry({ plugins: await loadPlugins([], FIXTURES), context });
  return {
    models,
    modelFolder,
    async [Symbol.asyncDispose]() {
      await models[Symbol.asyncDispose]();
      await rm(modelFolder, { recursive: true, force: true });
    },
  };
}

/** Fields of ONNX's protocol buffers: a model's graph, a graph's weights, the bytes of a weight. */
const GRAPH = 7;
const INITIALIZER = 5;
const RAW_DATA = 9;

/** Each large weight backwards: of weights that are random, that makes others. */
function withOtherWeights(model: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(model);
  for (const graph of fields(altered, GRAPH)) {
    for (const weight of fields(graph, INITIALIZER)) {
      for (const bytes of fields(weight, RAW_DATA)) {
        if (bytes.length < 4096) continue;
        const numbers = Buffer.from(bytes);
        numbers.swap32();
        bytes.set(numbers.reverse());
      }
    }
  }
  return altered;
}

/** The bytes of a message's fields of this number, as windows into it. */
function* fields(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const type = tag % 8;
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else {
      const length = varint();
      if (Math.floor(tag / 8) === wanted) yield message.subarray(at, at + length);
      at += length;
    }
  }
}
