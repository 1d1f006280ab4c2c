import { createRequire } from 'node:module';
import type { Availability } from '../embedding-plugin.ts';

/** Looks for the library without loading it. */
export function runtime(): Availability {
  const { resolve } = createRequire(import.meta.url);
  for (const name of ['@huggingface/transformers', 'onnxruntime-node']) {
    try {
      resolve(name);
    } catch {
      return { available: false, reason: `The package ${name} is not installed: run npm ci.` };
    }
  }
  return { available: true };
}
