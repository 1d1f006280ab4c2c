import type { ImageRuns } from '../embedding-plugin.ts';
import { textThreads } from '../threads/image-runs.ts';
import { Encoder, type EncoderSetup } from './encoder.ts';
import type { ModelConfig } from './model-config.ts';
import type { GraphNames } from './onnx-files.ts';
import { TextTokenizer } from './text-tokenizer.ts';

/** What any tokenizer cuts into some of its tokens. */
const PROBE = 'a picture';

export interface TextPart extends AsyncDisposable {
  readonly tokenizer: TextTokenizer;
  readonly encoder: Encoder;
}

type Setup = Pick<EncoderSetup, 'folder' | 'dtype' | 'pooling' | 'size' | 'threads' | 'providers'>;

export function openVision(setup: Setup, { vision: graph }: GraphNames, runs: ImageRuns): Promise<Encoder> {
  const [height, width] = setup.size;
  const probe = new Float32Array(3 * height * width);
  return Encoder.open({ ...setup, graph, threads: runs.threads, patient: true }, runs.atOnce, probe);
}

/** A text is a person who waits. Undefined for a model of images alone. */
export async function openText(
  setup: Setup,
  { text: graph }: GraphNames,
  config: ModelConfig,
): Promise<TextPart | undefined> {
  if (graph === null) return undefined;
  const tokenizer = await TextTokenizer.open(setup.folder, config);
  const [probe = { ids: [], mask: [] }] = tokenizer.encode([PROBE]);
  const encoder = await Encoder.open({ ...setup, graph, threads: textThreads(setup), patient: false }, 1, probe);
  return { tokenizer, encoder, [Symbol.asyncDispose]: () => encoder[Symbol.asyncDispose]() };
}
