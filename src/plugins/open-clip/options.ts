import { z } from 'zod';
import type { OptionsSchema } from '../embedding-plugin.ts';

/** Precisions in which a graph lies in a folder, with the ends of the files' names that say so. */
export const GRAPH_FILES = {
  fp32: 'model.onnx',
  fp16: 'model_fp16.onnx',
  int8: 'model_int8.onnx',
  uint8: 'model_uint8.onnx',
  q8: 'model_quantized.onnx',
  q4: 'model_q4.onnx',
} as const;

export type Dtype = keyof typeof GRAPH_FILES;

/** What LanceDB's Python function `open-clip` takes, with its keys in its order and its defaults. */
const ofPython = {
  max_retries: z.int().min(0).default(7),
  name: z.string().min(1).default('ViT-B-32'),
  pretrained: z.string().default('laion2b_s34b_b79k'),
  device: z.string().default('cpu'),
  batch_size: z.int().min(1).default(64),
  normalize: z.boolean().default(true),
};

/**
 * Which vectors come out depends on `name`, `pretrained` and `normalize`; `device` and `max_retries` are kept
 * for Python, and `batch_size` is the most inputs that one call carries. What Python has not is absent unless
 * it is asked for, and Python passes over it.
 */
export const clipOptions = z.strictObject({
  ...ofPython,
  dtype: z
    .enum(Object.keys(GRAPH_FILES) as [Dtype, ...Dtype[]])
    .optional()
    .describe('Which of the graphs in the folder; default: model.onnx, else the most exact there is'),
  language: z
    .string()
    .min(1)
    .optional()
    .describe('Of the texts, as NLLB-CLIP names it, such as fra_Latn; default: that of its tokenizer'),
});

export type ClipOptions = z.output<typeof clipOptions>;

const standard = clipOptions['~standard'];

/**
 * The same for the options of a table, which another version of LanceDB may have written: where all that
 * Python writes is there, a key that is not known here is left out. Anywhere else it is a mistake of typing.
 */
export const tableOptions: OptionsSchema<ClipOptions> = {
  '~standard': { ...standard, validate: (value) => standard.validate(isOfPython(value) ? known(value) : value) },
};

function isOfPython(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(ofPython).every((key) => key in value);
}

function known(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key in clipOptions.shape));
}
