import type { CallOptions, EmbeddingModel, Modality } from '../embedding-plugin.ts';

/** The inputs of one modality; an input is chosen by its place among them. */
export interface Inputs {
  readonly modality: Modality;
  /** As a sentence names them: `images` or `texts`. */
  readonly plural: string;
  readonly places: readonly number[];
  /** The most of them that one call may carry. */
  most(model: EmbeddingModel): number;
  /** Makes as many calls, one after the other, as the model's largest batch makes necessary. */
  embed(model: EmbeddingModel, places: readonly number[], options?: CallOptions): Promise<Float32Array[]>;
}

export function imageInputs(images: readonly Uint8Array[]): Inputs {
  const embed = async (model: EmbeddingModel, places: readonly number[], options?: CallOptions) =>
    model.embedImages(
      await Promise.all(places.map((place) => model.prepareImage(at(images, place), options))),
      options,
    );
  return inputs('image', images.length, embed);
}

export function textInputs(texts: readonly string[]): Inputs {
  const embed = (model: EmbeddingModel, places: readonly number[], options?: CallOptions) =>
    model.embedTexts(
      places.map((place) => at(texts, place)),
      options,
    );
  return inputs('text', texts.length, embed);
}

function inputs(modality: Modality, count: number, embedBatch: Inputs['embed']): Inputs {
  const most = (model: EmbeddingModel) => model.maxBatch[modality];
  return {
    modality,
    plural: `${modality}s`,
    places: Array.from({ length: count }, (_, place) => place),
    most,
    async embed(model, places, options) {
      const vectors: Float32Array[] = [];
      for (let start = 0; start < places.length; start += most(model)) {
        vectors.push(...(await embedBatch(model, places.slice(start, start + most(model)), options)));
      }
      return vectors;
    },
  };
}

function at<Input>(all: readonly Input[], place: number): Input {
  const input = all[place % all.length];
  if (input === undefined) throw new RangeError('The suite has no inputs of this modality: give it some.');
  return input;
}
