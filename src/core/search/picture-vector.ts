import type { EmbeddingModel } from '../../plugins/embedding-plugin.ts';

/** @throws EmbeddingError, or the signal's reason */
export async function embedPicture(
  model: EmbeddingModel,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  // What is prepared and not embedded is let go of when this ends, whichever way.
  const release = new AbortController();
  const either = signal === undefined ? release.signal : AbortSignal.any([signal, release.signal]);
  try {
    const [vector] = await model.embedImages([await model.prepareImage(bytes, { signal: either })], { signal });
    if (vector === undefined) throw new Error('The model gave no vector for the query.');
    return vector;
  } finally {
    release.abort();
  }
}
