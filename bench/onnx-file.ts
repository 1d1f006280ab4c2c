import { open } from 'node:fs/promises';

/** A message of Protocol Buffers in pieces: what is large in it is never copied. */
export type Message = readonly Uint8Array[];

/** Names of what goes into a node, the operation, its attributes, and the name of what comes out. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A float is written with a point: `{ float: 1e-5 }`. */
export type Attribute = number | readonly number[] | { readonly float: number };

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** A graph of one float32 input and one float32 output; a dimension that is a text is open. */
export interface Graph {
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly output: { readonly name: string; readonly shape: readonly (number | string)[] };
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
}

const FLOAT = 1;
const INT64 = 7;
const OPSET = 17;
const IR_VERSION = 8;

/** Writes an ONNX model with its weights in it (onnx.proto3 has the numbers of the fields). */
export async function writeOnnx(path: string, graph: Graph): Promise<void> {
  const model = [
    ...integer(1, IR_VERSION),
    ...text(2, 'viewfinder-bench'),
    ...message(7, graphMessage(graph)),
    ...message(8, [...text(1, ''), ...integer(2, OPSET)]),
  ];
  await using file = await open(path, 'w');
  for (const piece of model) await file.writeFile(piece);
}

function graphMessage({ input, output, nodes, initializers }: Graph): Message {
  return [
    ...nodes.flatMap((node) => message(1, nodeMessage(node))),
    ...text(2, 'graph'),
    ...initializers.flatMap((initializer) => message(5, tensorMessage(initializer))),
    ...message(11, valueMessage(input)),
    ...message(12, valueMessage(output)),
  ];
}

function nodeMessage({ op, inputs, output, attributes = {} }: Node): Message {
  return [
    ...inputs.flatMap((input) => text(1, input)),
    ...text(2, output),
    ...text(3, output),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => message(5, [...text(1, name), ...attributeValue(value)])),
  ];
}

function attributeValue(value: Attribute): Message {
  if (typeof value === 'number') return [...integer(3, value), ...integer(20, 2)];
  if ('float' in value) return [tag(2, 5), new Uint8Array(Float32Array.of(value.float).buffer), ...integer(20, 1)];
  return [...value.flatMap((each) => integer(8, each)), ...integer(20, 7)];
}

function tensorMessage({ name, dims, data }: Initializer): Message {
  return [
    ...dims.flatMap((dim) => integer(1, dim)),
    ...integer(2, data instanceof Float32Array ? FLOAT : INT64),
    ...text(8, name),
    ...message(9, [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]),
  ];
}

function valueMessage({ name, shape }: Graph['input']): Message {
  const dims = shape.flatMap((dim) => message(1, typeof dim === 'number' ? integer(1, dim) : text(2, dim)));
  return [...text(1, name), ...message(2, message(1, [...integer(1, FLOAT), ...message(2, dims)]))];
}

function message(field: number, content: Message): Message {
  const length = content.reduce((sum, piece) => sum + piece.byteLength, 0);
  return [tag(field, 2), varint(length), ...content];
}

function text(field: number, value: string): Message {
  return message(field, [Buffer.from(value)]);
}

function integer(field: number, value: number): Message {
  return [tag(field, 0), varint(value)];
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Uint8Array.from([...bytes, rest]);
}
