import { Tensor } from 'onnxruntime-node';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { TowerItem } from './tower.ts';

/**
 * Puts the items one after the other; what is left of a fixed batch is zero.
 *
 * @throws EmbeddingError MODEL_FAILED, final, where the type is none of pictures or tokens
 */
export function tensor(type: Tensor.Type, items: readonly TowerItem[], dims: readonly number[]): Tensor {
  const length = dims.reduce((product, size) => product * size, 1);
  const itemLength = length / (dims[0] ?? 1);
  const filled = <Data extends { set(item: TowerItem, at: number): void }>(data: Data): Data => {
    items.forEach((item, i) => {
      data.set(item, i * itemLength);
    });
    return data;
  };
  switch (type) {
    case 'float32':
      return new Tensor(type, filled(new Float32Array(length)), dims);
    case 'float16':
      // The type knows the bits alone.
      return new Tensor(type, new Uint16Array(filled(new Float16Array(length)).buffer), dims);
    case 'int32':
      return new Tensor(type, filled(new Int32Array(length)), dims);
    case 'uint8':
      return new Tensor(type, filled(new Uint8Array(length)), dims);
    case 'int64': {
      const data = new BigInt64Array(length);
      items.forEach((item, i) => {
        data.set(Array.from(item, BigInt), i * itemLength);
      });
      return new Tensor(type, data, dims);
    }
    default:
      throw new EmbeddingError(
        'MODEL_FAILED',
        'final',
        `The model takes ${type}, which is neither pictures nor tokens.`,
      );
  }
}
