import { EmbeddingError } from '../embedding-plugin.ts';

/** Says in one sentence why ONNX Runtime does not load a graph. */
export function graphFailure(file: string, cause: unknown): EmbeddingError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const absent = /External data path does not exist: "([^"]+)"/.exec(reason)?.[1];
  if (absent !== undefined) {
    const message = `The model's file ${absent} is missing, which holds weights of ${file}: copy it there.`;
    return new EmbeddingError('MODEL_MISSING', 'final', message, { cause });
  }
  return new EmbeddingError('MODEL_FAILED', 'final', sentence(file, reason), { cause });
}

function sentence(file: string, reason: string): string {
  if (/External initializer.*out of bounds/.test(reason)) {
    return `The model ${file} cannot be loaded: a file of weights beside it is cut short. Copy all that is in its folder again.`;
  }
  if (/Protobuf parsing failed|does not have a graph/.test(reason)) {
    return `The model's file ${file} is damaged, cut short or no ONNX (perhaps a pointer of Git LFS): copy it again.`;
  }
  return `The model ${file} cannot be loaded: ${reason.trim().replace(/\s*\n\s*/g, ' ')}`;
}
