import { type Dtype, dtypesIn, onnxFile } from '../onnx-dtype.ts';
import type { HubFile, HubModel } from './hub.ts';
import { HubError } from './hub-error.ts';

/** What is fetched of a model. */
export interface ChosenFiles {
  /** `open-clip`: as Immich exports OpenCLIP; `fastembed`: one half of a CLIP; both are read by the plugin open-clip. */
  readonly layout: 'open-clip' | 'fastembed' | 'transformers';
  readonly files: readonly HubFile[];
}

/** Settings, vocabularies and sentencepiece's models; no code, and nothing that must be unpickled. */
const PLAIN_FILE = /\.(json|txt|model)$/;
/** What sentence-transformers does to the states of a model; `modules.json` beside it is a setting as any other. */
const POOLING = '1_Pooling/config.json';
/** Formats of other runtimes, and of Python's pickle. */
const NEVER = /\.(bin|ckpt|pkl|pickle|pt|pth|npz|npy|safetensors|h5|msgpack|armnn|rknn|tflite|py|ot)$/i;

/**
 * The files that a plugin reads, and no others.
 *
 * @throws HubError NO_SUCH_MODEL where it is none that can be run here, or has no files of that dtype; CORRUPT where
 *   a path leads out of the folder
 */
export function chooseFiles({ repository, files: all }: HubModel, dtype: Dtype): ChosenFiles {
  for (const { path } of all) checkPath(repository, path);
  const paths = new Set(all.map(({ path }) => path));
  const pick = (layout: ChosenFiles['layout'], graphs: readonly string[], folders: readonly string[]): ChosenFiles => {
    const wanted = graphs.map((graph) => onnxFile(graph, dtype));
    const missing = wanted.filter((graph) => !paths.has(graph));
    if (missing.length > 0) throw noDtype(repository, dtype, missing, graphs, paths);
    const isWanted = (path: string) => {
      if (layout === 'transformers' && path === POOLING) return true;
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      if (!folders.includes(folder) || NEVER.test(path)) return false;
      if (wanted.includes(path) || PLAIN_FILE.test(path)) return true;
      return !/\.onnx$/.test(path) && isWeights(path, wanted, layout);
    };
    return { layout, files: all.filter(({ path }) => isWanted(path)) };
  };
  if (paths.has('visual/preprocess_cfg.json')) {
    const graphs = ['visual/model', ...(hasGraph(paths, 'textual/model') ? ['textual/model'] : [])];
    return pick('open-clip', graphs, ['', 'visual/', 'textual/']);
  }
  const towers = ['onnx/vision_model', 'onnx/text_model'].filter((graph) => hasGraph(paths, graph));
  if (paths.has('config.json') && (towers.length > 0 || hasGraph(paths, 'onnx/model'))) {
    return pick('transformers', towers.includes('onnx/vision_model') ? towers : ['onnx/model'], ['', 'onnx/']);
  }
  if (hasGraph(paths, 'model')) return pick('fastembed', ['model'], ['']);
  throw new HubError(
    'NO_SUCH_MODEL',
    `${repository} is no model that can be run here: it has neither visual/ and textual/ with ONNX files, as OpenCLIP is exported, nor onnx/, as for transformers.js. ` +
      'Weights for PyTorch are not fetched: export them with tools/export-open-clip.py.',
  );
}

/**
 * Weights beside a graph. Those of transformers.js are named after their graph; OpenCLIP's exports name them as they
 * please, one file for each tensor.
 */
function isWeights(path: string, graphs: readonly string[], layout: ChosenFiles['layout']): boolean {
  if (graphs.some((graph) => path.startsWith(`${graph}_data`) || path === `${graph}.data`)) return true;
  return layout === 'open-clip' && path.includes('/') && !/\.onnx_data/.test(path);
}

function hasGraph(paths: ReadonlySet<string>, graph: string): boolean {
  return dtypesIn(paths, [graph]).length > 0;
}

function noDtype(
  repository: string,
  dtype: Dtype,
  missing: readonly string[],
  graphs: readonly string[],
  paths: ReadonlySet<string>,
): HubError {
  const there = dtypesIn(paths, graphs);
  const choice = there.length === 0 ? '' : ` It has ${there.join(', ')}: choose one with --dtype.`;
  return new HubError('NO_SUCH_MODEL', `${repository} has no ${missing.join(' and no ')} (${dtype}).${choice}`);
}

function checkPath(repository: string, path: string): void {
  const parts = path.split('/');
  // A backslash or a colon is a path on Windows alone; nothing that is fetched has one.
  const inside = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\p{Cc}]/u.test(part));
  if (inside) return;
  throw new HubError(
    'CORRUPT',
    `${repository} lists a file ${JSON.stringify(path)}, which would lie outside of its folder: nothing is fetched.`,
  );
}
