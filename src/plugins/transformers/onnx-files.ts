import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dtype } from './options.ts';

/** The graphs of a model, by their names in its folder `onnx` without suffix and extension. */
export interface GraphNames {
  readonly vision: string;
  readonly text: string | null;
}

export type OnnxFiles =
  | { readonly complete: true; readonly graphs: GraphNames }
  | { readonly complete: false; readonly reason: string };

/** transformers.js's suffixes. */
const SUFFIXES: Readonly<Record<Dtype, string>> = {
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q8: '_quantized',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
};

/**
 * A model of pictures and texts has `vision_model` and `text_model`, and beside them a `model` that wants both at
 * once; one of pictures alone has `model`, or `vision_model`.
 */
export async function onnxFiles(folder: string, dtype: Dtype): Promise<OnnxFiles> {
  const names = new Set(await readdir(join(folder, 'onnx')).catch((): string[] => []));
  const known = (graph: string) => Object.values(SUFFIXES).some((suffix) => names.has(`${graph}${suffix}.onnx`));
  const vision = known('vision_model') ? 'vision_model' : 'model';
  const text = known('text_model') ? 'text_model' : null;
  const graphs = text === null ? [vision] : [vision, text];
  const missing = graphs.map((graph) => onnxFile(graph, dtype)).filter((file) => !names.has(file));
  if (missing.length === 0) return { complete: true, graphs: { vision, text } };
  const there = Array.from(names).filter((name) => name.endsWith('.onnx'));
  const dtypes = dtypesIn(graphs, names);
  const choose = dtypes.length === 0 ? '' : `; choose the dtype ${dtypes.join(' or ')}, or fetch what is missing`;
  const files = there.length === 0 ? 'no ONNX file' : there.sort().join(', ');
  return {
    complete: false,
    reason: `its onnx/ has no ${missing.join(' and no ')} (dtype ${dtype}) but ${files}${choose}`,
  };
}

/** Bytes of a graph: a large one has its weights in files beside it. */
export async function sizeOfGraph(folder: string, graph: string, dtype: Dtype): Promise<number> {
  const onnx = join(folder, 'onnx');
  const names = (await readdir(onnx)).filter((name) => name.startsWith(onnxFile(graph, dtype)));
  const files = await Promise.all(names.map((name) => stat(join(onnx, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** The name of a graph's file. */
export function onnxFile(graph: string, dtype: Dtype): string {
  return `${graph}${SUFFIXES[dtype]}.onnx`;
}

function dtypesIn(graphs: readonly string[], names: ReadonlySet<string>): string[] {
  return Object.entries(SUFFIXES)
    .filter(([, suffix]) => graphs.every((graph) => names.has(`${graph}${suffix}.onnx`)))
    .map(([dtype]) => dtype);
}
