import { EmbeddingError } from './embedding-plugin.ts';

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

/**
 * What is to be thrown where a graph is loaded, and fails on the first input that it must take: that will not change.
 * A want of memory, or a thread that has ended, may.
 */
export function probeFailure(graph: string, error: unknown): unknown {
  const fails = error instanceof EmbeddingError && error.fault === 'transient' && error.message.startsWith(FAILED);
  if (!fails || /alloc/i.test(error.message)) return error;
  const reason = error.message
    .slice(FAILED.length)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  const message = `The model ${graph} does not run: ${reason}. Are all files in its folder of one model?`;
  return new EmbeddingError('MODEL_FAILED', 'final', message, { cause: error });
}

/** How threads begin what they say of an error that is not their own. */
const FAILED = 'The model failed:';

function sentence(file: string, reason: string): string {
  if (/External initializer.*out of bounds/.test(reason)) {
    return `The model ${file} cannot be loaded: a file of weights beside it is cut short. Copy all that is in its folder again.`;
  }
  if (/Protobuf parsing failed|does not have a graph/.test(reason)) {
    return `The model's file ${file} is damaged, cut short or no ONNX (perhaps a pointer of Git LFS): copy it again.`;
  }
  const newer = /Opset \d+ is under development|Unsupported model IR version: \d+|No Op registered for \S+/.exec(
    reason,
  )?.[0];
  if (newer !== undefined) {
    return `The model's file ${file} is of another ONNX than can be run here (${newer}): export it anew, with an older opset.`;
  }
  return `The model ${file} cannot be loaded: ${reason.trim().replace(/\s*\n\s*/g, ' ')}`;
}
