import { z } from 'zod';
import type { Protocol } from './protocol.ts';
import { base64Vector, wrongAnswer } from './vectors.ts';

const modelList = z.array(z.looseObject({ name: z.string(), capability: z.string() }));

const embeddings = z.looseObject({
  data: z.looseObject({
    embeddings: z.looseObject({ shape: z.tuple([z.int(), z.int()]), data: z.string() }),
  }),
});

/** `/v1` of Pixano's inference server, as its client 0.1.0 speaks it. */
export function pixanoProtocol(model: { readonly name: string; readonly normalize: boolean }): Protocol {
  return {
    async models(ask) {
      const list = modelList.safeParse(await ask('/v1/models'));
      if (!list.success) return null;
      return list.data.filter(({ capability }) => capability === 'embedding').map(({ name }) => name);
    },

    async embed(ask, modality, inputs) {
      const { name, normalize } = model;
      const [image, text] = modality === 'image' ? [inputs, null] : [null, inputs];
      const answer = await ask('/v1/inference/embedding', { model: name, image, text, normalize });
      const parsed = embeddings.safeParse(answer);
      if (!parsed.success) throw wrongAnswer('no embeddings as Pixano’s client expects them');
      const { shape, data } = parsed.data.data.embeddings;
      const [count, dimensions] = shape;
      const numbers = base64Vector(data);
      if (count < 0 || numbers.length !== count * dimensions) {
        throw wrongAnswer(`${numbers.length} numbers for a shape of ${count} x ${dimensions}`);
      }
      return Array.from({ length: count }, (_, row) => numbers.slice(row * dimensions, (row + 1) * dimensions));
    },
  };
}
