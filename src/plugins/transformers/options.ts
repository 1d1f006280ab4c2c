import { z } from 'zod';
import { DTYPES, type Dtype } from '../onnx-dtype.ts';

const batchSize = z.int().min(1).default(64);
const modelName = z.string().min(1);

/**
 * What LanceDB's Python function `siglip` takes, with its keys in its order and its defaults. Which vectors come
 * out depends on `model_name` and `normalize`; `device` and `max_retries` are kept for Python, and `batch_size`
 * is the most inputs that one call carries.
 */
export const siglipOptions = z.strictObject({
  max_retries: z.int().min(0).default(7),
  model_name: modelName.default('google/siglip-base-patch16-224'),
  device: z.string().default('cpu'),
  batch_size: batchSize,
  normalize: z.boolean().default(true),
});

export const transformersOptions = z.strictObject({
  model_name: modelName.describe(
    'A folder in the models folders, by its name or its id on the hub: ORGANISATION/NAME.',
  ),
  revision: z
    .string()
    .regex(/^[\w.-]+$/)
    .nullable()
    .default(null)
    .describe('The commit, tag or branch on the hub; left out, that of the folder, which a new table keeps.'),
  dtype: z
    .enum(DTYPES)
    .default('fp32')
    .describe('Which of the ONNX files is used; vectors of one are near those of another, but are not the same.'),
  pooling: z
    .enum(['auto', 'pooler', 'cls', 'mean'])
    .default('auto')
    .describe("What becomes the vector of a model without a projection; auto: as the model's own files say."),
  normalize: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe("Whether vectors get the length 1; auto: as the model's own files say, and yes where they do not."),
  batch_size: batchSize,
});

export type Pooling = z.output<typeof transformersOptions>['pooling'];

/** The options of either function, in one language. */
export interface ModelChoice {
  /** As the options name it. */
  readonly name: string;
  /** The names of folders that hold this model, below a folder of models; the first that is there is taken. */
  readonly folders: readonly string[];
  /** Others of this name that are of this commit hold it as well. */
  readonly pinned?: { readonly folder: string; readonly commit: string } | undefined;
  readonly dtype: Dtype;
  readonly pooling: Pooling;
  /** Null: as the model's files say. */
  readonly normalize: boolean | null;
  readonly batchSize: number;
}

export function siglipChoice({ model_name: name, normalize, batch_size }: z.output<typeof siglipOptions>): ModelChoice {
  const folders = [folderName(name), ...exportsOf(name)].filter((folder) => folder !== undefined);
  return { name, folders, dtype: 'fp32', pooling: 'auto', normalize, batchSize: batch_size };
}

export function transformersChoice(options: z.output<typeof transformersOptions>): ModelChoice {
  const { model_name, revision, dtype, pooling, normalize, batch_size } = options;
  const name = revision === null ? model_name : `${model_name}@${revision}`;
  const [plain, folder] = [folderName(model_name), folderName(name)];
  return {
    name,
    folders: folder === undefined ? [] : [folder],
    pinned: plain === undefined || revision === null ? undefined : { folder: plain, commit: revision },
    dtype,
    pooling,
    normalize: normalize === 'auto' ? null : normalize === 'always',
    batchSize: batch_size,
  };
}

/**
 * An id of the hub is a folder in a folder. Tables come from other machines: of a path the last name counts, and
 * a name that could lead out of the models' folder is no folder name.
 */
function folderName(name: string): string | undefined {
  const parts = name.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const isId = parts.length === 2 && parts[0] !== '..' && /^[^/\\]/.test(name);
  const kept = isId ? parts : parts.slice(-1);
  const safe = kept.length > 0 && kept.every((part) => part !== '..' && !/[:\0]/.test(part));
  return safe ? kept.join('/') : undefined;
}

/** Google publishes the weights; these exports to ONNX of the same weights are what can be run here. */
function exportsOf(name: string): string[] {
  const [organisation, model] = name.split('/');
  return organisation === 'google' && model ? [`Xenova/${model}`, `onnx-community/${model}-ONNX`] : [];
}
