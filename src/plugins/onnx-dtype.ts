/** The ends that names of ONNX files have, by the type of their numbers, as transformers.js names both. */
const SUFFIXES = {
  fp32: '',
  fp16: '_fp16',
  int8: '_int8',
  uint8: '_uint8',
  q8: '_quantized',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;

export type Dtype = keyof typeof SUFFIXES;
export const DTYPES = Object.keys(SUFFIXES) as readonly Dtype[];

/** The name, or path, of a graph's file. */
export function onnxFile(graph: string, dtype: Dtype): string {
  return `${graph}${SUFFIXES[dtype]}.onnx`;
}

/** The types of numbers in which all of these graphs are among the files. */
export function dtypesIn(files: ReadonlySet<string>, graphs: readonly string[]): Dtype[] {
  return DTYPES.filter((dtype) => graphs.every((graph) => files.has(onnxFile(graph, dtype))));
}
