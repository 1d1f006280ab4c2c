import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddingError } from '../embedding-plugin.ts';
import type { PictureConfig } from '../pictures/picture-config.ts';
import { readFastembedPictureConfig, readProjection } from './fastembed-config.ts';
import { readModelConfig, readPreprocessConfig } from './model-config.ts';
import { type ClipOptions, type Dtype, GRAPH_FILES } from './options.ts';
import type { TokenRules } from './token-rules.ts';

/** Where the pieces of a model are; a model of images alone has no `textual`. */
export interface ModelLayout {
  /** `open-clip`: one folder, as Immich publishes OpenCLIP. `fastembed`: `NAME-vision` and `NAME-text`. */
  readonly kind: 'open-clip' | 'fastembed';
  readonly path: string;
  readonly visual: string;
  readonly textual: string;
  /** Files that it must have beside a graph. */
  readonly needed: readonly string[];
}

/** What a model of this path could be. */
export function modelLayouts(path: string): readonly ModelLayout[] {
  const visual = join(path, 'visual');
  return [
    {
      kind: 'open-clip',
      path,
      visual,
      textual: join(path, 'textual'),
      needed: [join(path, 'config.json'), join(visual, 'preprocess_cfg.json')],
    },
    {
      kind: 'fastembed',
      path: `${path}-vision`,
      visual: `${path}-vision`,
      textual: `${path}-text`,
      needed: [join(`${path}-vision`, 'preprocessor_config.json')],
    },
  ];
}

/** What a layout lacks to be a model, from its path; undefined where nothing does. */
export async function missingPart({ path, visual, needed }: ModelLayout): Promise<string | undefined> {
  const [first, ...others] = needed;
  const within = (file: string) => file.slice(path.length + 1).replaceAll('\\', '/');
  if (first !== undefined && !(await isFile(first))) return within(first);
  if ((await graphIn(visual)) === undefined) return within(join(visual, GRAPH_FILES.fp32));
  for (const file of others) if (!(await isFile(file))) return within(file);
  return undefined;
}

/** Null where that is not legible before the model is loaded. */
export async function dimensionsOf({ kind, path, visual }: ModelLayout): Promise<number | null> {
  if (kind === 'fastembed') return readProjection(visual);
  return readModelConfig(path).then(
    (config) => config.embed_dim,
    () => null,
  );
}

/** What the files of a layout say of its model. */
export interface ModelDescription {
  /** Null where no file says it. */
  readonly dimensions: number | null;
  readonly picture: PictureConfig;
  readonly tokens: TokenRules;
}

/** @throws EmbeddingError MODEL_FAILED, final */
export async function describeModel(layout: ModelLayout, { language }: ClipOptions): Promise<ModelDescription> {
  if (layout.kind === 'fastembed') {
    return {
      dimensions: null,
      picture: await readFastembedPictureConfig(layout.visual),
      tokens: { contextLength: null, cleaning: 'none', foreign: true, stripSeparator: false, language },
    };
  }
  const { embed_dim, text_cfg } = await readModelConfig(layout.path);
  return {
    dimensions: embed_dim,
    picture: await readPreprocessConfig(layout.visual),
    tokens: {
      contextLength: text_cfg?.context_length ?? 77,
      cleaning: text_cfg?.tokenizer_kwargs?.clean,
      foreign: text_cfg?.hf_tokenizer_name != null,
      stripSeparator: text_cfg?.tokenizer_kwargs?.strip_sep_token ?? false,
      language,
    },
  };
}

/**
 * The files of the parts' graphs, both of the precision that is asked for, else of that of `model.onnx` for pictures,
 * else of the most exact that there is for them.
 *
 * @returns the textual one is null for a model of images alone
 * @throws EmbeddingError MODEL_MISSING, final
 */
export async function graphFiles(
  { visual, textual }: ModelLayout,
  dtype: Dtype | undefined,
): Promise<{ readonly visual: string; readonly textual: string | null }> {
  const name = dtype === undefined ? ((await graphIn(visual)) ?? GRAPH_FILES.fp32) : GRAPH_FILES[dtype];
  const existing = async (file: string) => {
    if (await isFile(file)) return file;
    throw new EmbeddingError('MODEL_MISSING', 'final', `The model's file ${file} is missing: copy it there.`);
  };
  return {
    visual: await existing(join(visual, name)),
    textual: existsSync(textual) ? await existing(join(textual, name)) : null,
  };
}

async function graphIn(folder: string): Promise<string | undefined> {
  for (const name of Object.values(GRAPH_FILES)) if (await isFile(join(folder, name))) return name;
  return undefined;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
