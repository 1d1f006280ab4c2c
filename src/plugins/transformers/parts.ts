import { Encoder, type EncoderSetup } from './encoder.ts';
import type { ModelConfig } from './model-config.ts';
import { type GraphNames, sizeOfGraph } from './onnx-files.ts';
import { TextTokenizer } from './text-tokenizer.ts';

/** Of graphs of more bytes there is one copy. */
const LARGE_GRAPH = 1024 ** 3;

export interface TextPart extends AsyncDisposable {
  readonly tokenizer: TextTokenizer;
  readonly encoder: Encoder;
}

type Setup = Pick<EncoderSetup, 'folder' | 'dtype' | 'pooling' | 'size' | 'threads' | 'providers'>;

/** Two batches at once on half of the threads each take less of the processor's time than one on all of them. */
export async function openVision(setup: Setup, { vision: graph }: GraphNames): Promise<Encoder> {
  const { folder, dtype, size, threads, providers } = setup;
  const ownThreads = threads > 1 && !providers.includes('cuda');
  const copies = ownThreads && (await sizeOfGraph(folder, graph, dtype)) <= LARGE_GRAPH ? 2 : 1;
  const probe = new Float32Array(3 * size[0] * size[1]);
  return Encoder.open({ ...setup, graph, threads: Math.floor(threads / copies), patient: true }, copies, probe);
}

/** A text is a person who waits. Undefined for a model of images alone. */
export async function openText(
  setup: Setup,
  { text: graph }: GraphNames,
  config: ModelConfig,
): Promise<TextPart | undefined> {
  if (graph === null) return undefined;
  const tokenizer = await TextTokenizer.open(setup.folder, config);
  const [probe = { ids: [], mask: [] }] = tokenizer.encode(['']);
  const encoder = await Encoder.open({ ...setup, graph, patient: false }, 1, probe);
  return { tokenizer, encoder, [Symbol.asyncDispose]: () => encoder[Symbol.asyncDispose]() };
}
