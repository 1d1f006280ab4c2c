import { Tensor } from 'onnxruntime-node';
import { EmbeddingError } from '../embedding-plugin.ts';

export type TensorItem = Float32Array | Uint8Array | Int32Array;

/**
 * Puts the items one after the other; what is left of a fixed batch is zero.
 *
 * @throws EmbeddingError MODEL_FAILED, final, where the type is none of pictures or tokens
 */
export function tensor(type: Tensor.Type, items: readonly TensorItem[], dims: readonly number[]): Tensor {
  const length = dims.reduce((product, size) => product * size, 1);
  const itemLength = length / (dims[0] ?? 1);
  const filled = <Data extends { set(item: TensorItem, at: number): void }>(data: Data): Data => {
    items.forEach((item, i) => {
      data.set(item, i * itemLength);
    });
    return data;
  };
  switch (type) {
    case 'float32':
      return new Tensor(type, filled(new Float32Array(length)), dims);
    case 'float16':
      return halves(filled(new Float16Array(length)), dims);
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

/**
 * onnxruntime-common makes a Float16Array of the bits wherever there is one, in which onnxruntime-node 1.30
 * sees no bytes (microsoft/onnxruntime#32323): it is given the bits behind its back.
 */
function halves(data: Float16Array<ArrayBuffer>, dims: readonly number[]): Tensor {
  const bits = new Uint16Array(data.buffer);
  return Object.assign(new Tensor('float16', bits, dims), { cpuData: bits });
}
