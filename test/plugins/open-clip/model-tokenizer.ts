import { ClipTokenizer } from '../../../src/plugins/open-clip/clip-tokenizer.ts';
import { describeModel, modelLayouts } from '../../../src/plugins/open-clip/model-layout.ts';
import { clipOptions } from '../../../src/plugins/open-clip/options.ts';

/** The tokenizer of a model as Immich publishes OpenCLIP. */
export async function openTokenizer(model: string, options: object = {}): Promise<ClipTokenizer> {
  const [layout] = modelLayouts(model);
  if (layout === undefined) throw new Error('no layout');
  const { tokens } = await describeModel(layout, clipOptions.parse(options));
  return ClipTokenizer.open(layout.textual, tokens);
}
