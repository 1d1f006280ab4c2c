import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dtype, dtypesIn, onnxFile } from '../onnx-dtype.ts';

/** The graphs of a model, by their names in its folder `onnx` without suffix and extension. */
export interface GraphNames {
  readonly vision: string;
  readonly text: string | null;
}

export type OnnxFiles =
  | { readonly complete: true; readonly graphs: GraphNames }
  | { readonly complete: false; readonly reason: string };

/**
 * A model of pictures and texts has `vision_model` and `text_model`, and beside them a `model` that wants both at
 * once; one of pictures alone has `model`, or `vision_model`.
 */
export async function onnxFiles(folder: string, dtype: Dtype): Promise<OnnxFiles> {
  const names = new Set(await readdir(join(folder, 'onnx')).catch((): string[] => []));
  const known = (graph: string) => dtypesIn(names, [graph]).length > 0;
  const vision = known('vision_model') ? 'vision_model' : 'model';
  const text = known('text_model') ? 'text_model' : null;
  const graphs = text === null ? [vision] : [vision, text];
  const missing = graphs.map((graph) => onnxFile(graph, dtype)).filter((file) => !names.has(file));
  if (missing.length === 0) return { complete: true, graphs: { vision, text } };
  const there = Array.from(names).filter((name) => name.endsWith('.onnx'));
  const dtypes = dtypesIn(names, graphs);
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
