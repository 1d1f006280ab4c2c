import { z } from 'zod';
import type { Protocol } from './protocol.ts';
import { base64Vector, wrongAnswer } from './vectors.ts';

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

const embeddings = z.looseObject({
  data: z.array(
    z.looseObject({
      index: z.int().optional(),
      // A server whose JSON knows no NaN writes null.
      embedding: z.union([z.string(), z.array(z.number().nullable())]),
    }),
  ),
});

export interface OpenAiModel {
  readonly name: string;
  /** To which the server is asked to shorten its vectors. */
  readonly dimensions: number | undefined;
  readonly encodingFormat: 'base64' | 'float';
}

/**
 * OpenAI's `/embeddings`, and Infinity's extension of it for pictures (`modality`, data URIs). Servers that do not
 * know `encoding_format` answer in numbers, which is understood as well.
 */
export function openAiProtocol({ name, dimensions, encodingFormat }: OpenAiModel): Protocol {
  return {
    async models(ask) {
      const list = modelList.safeParse(await ask('/models'));
      return list.success ? list.data.data.map(({ id }) => id) : null;
    },

    async embed(ask, modality, inputs) {
      const answer = await ask('/embeddings', {
        model: name,
        input: inputs,
        encoding_format: encodingFormat,
        ...(modality === 'image' && { modality }),
        ...(dimensions !== undefined && { dimensions }),
      });
      const parsed = embeddings.safeParse(answer);
      if (!parsed.success) throw wrongAnswer('no list of embeddings as OpenAI describes it');
      return inOrder(parsed.data.data).map(({ embedding }) =>
        typeof embedding === 'string'
          ? base64Vector(embedding)
          : Float32Array.from(embedding, (number) => number ?? Number.NaN),
      );
    },
  };
}

/** By the index that each says it has; where none says any, as they come. */
function inOrder<Entry extends { readonly index?: number | undefined }>(entries: readonly Entry[]): readonly Entry[] {
  if (entries.every(({ index }) => index === undefined)) return entries;
  const sorted = entries.toSorted((a, b) => (a.index ?? -1) - (b.index ?? -1));
  if (!sorted.every(({ index }, place) => index === place)) {
    throw wrongAnswer('embeddings whose indexes are not those of the inputs, each once');
  }
  return sorted;
}
