import type { Tensor } from '@huggingface/transformers';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { Pooling } from './options.ts';

/** Outputs that are vectors already: CLIP's and its kin's projections, sentence-transformers', SigLIP's. */
const VECTORS = ['image_embeds', 'text_embeds', 'sentence_embedding', 'pooler_output'];

/** The states of all tokens: batch x tokens x dimensions. */
const STATES = 'last_hidden_state';

/**
 * One vector an input from what a model gives for a batch of them. Left to itself it takes the model's own
 * vectors, and where it has none the state of its first token, the class token of a vision transformer.
 *
 * @param masks which tokens the mean of a text counts; none for pictures, of which all count
 * @throws EmbeddingError MODEL_FAILED, final
 */
export function pooled(
  outputs: Readonly<Record<string, Tensor>>,
  pooling: Pooling,
  masks: readonly (readonly number[])[],
): Float32Array[] {
  const own = pooling === 'auto' ? VECTORS : pooling === 'pooler' ? ['pooler_output'] : [];
  const vectors = own.map((name) => outputs[name]).find((output) => output !== undefined);
  if (vectors) return rows(vectors);
  const states = outputs[STATES];
  if (states === undefined || pooling === 'pooler') {
    const there = Object.keys(outputs).join(', ');
    const message = `The model gives ${there}, of which the pooling "${pooling}" makes no vectors: choose another one.`;
    throw new EmbeddingError('MODEL_FAILED', 'final', message);
  }
  const [, count = 0, dimensions = 0] = states.dims;
  return rows(states).map((each, i) => {
    return pooling === 'mean' ? mean(each, masks[i] ?? Array(count).fill(1)) : each.slice(0, dimensions);
  });
}

function rows(tensor: Tensor): Float32Array[] {
  const { data } = tensor.to('float32');
  if (!(data instanceof Float32Array))
    throw new EmbeddingError('MODEL_FAILED', 'final', `The model gives ${tensor.type}.`);
  const [batch = 1] = tensor.dims;
  const length = data.length / batch;
  return Array.from({ length: batch }, (_, i) => data.slice(i * length, (i + 1) * length));
}

/** Of the tokens that the mask counts. */
function mean(states: Float32Array, mask: readonly number[]): Float32Array {
  const dimensions = states.length / mask.length;
  const counted = mask.reduce((sum, each) => sum + each, 0);
  return Float32Array.from({ length: dimensions }, (_, d) => {
    let sum = 0;
    for (const [token, weight] of mask.entries()) sum += weight * (states[token * dimensions + d] ?? 0);
    return sum / Math.max(1, counted);
  });
}
