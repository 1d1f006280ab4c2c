import { pathToFileURL } from 'node:url';
import type { EmbeddingModel, EmbeddingPlugin, Modality, ModelContext } from '../embedding-plugin.ts';
import { type Inputs, imageInputs, textInputs } from './inputs.ts';
import { drawnPictures } from './pictures.ts';

/** A plugin with one choice of its options, that the suite holds to the contract. */
export interface ConformanceSubject {
  /** The module whose default export is the plugin: a file URL, or an absolute path. */
  readonly module: URL | string;
  /** As a user would write them; the schema's defaults are filled in. */
  readonly options?: unknown;
  /** Folders of models, threads and the rest; no folders and one thread where it is left out. */
  readonly context?: Partial<ModelContext>;
  /** What the model embeds, where that is less than the plugin can. */
  readonly modalities?: readonly Modality[];
  /** Picture files, at least three and no two alike; small drawn ones where it is left out. */
  readonly images?: readonly Uint8Array[];
  /** At least three, no two alike; short English ones where it is left out. */
  readonly texts?: readonly string[];
  /** The vectors that the model must give, such as those of its original in Python. */
  readonly references?: {
    readonly images?: readonly { readonly bytes: Uint8Array; readonly vector: ArrayLike<number> }[];
    readonly texts?: readonly { readonly text: string; readonly vector: ArrayLike<number> }[];
  };
  /** Options of a model that is not there. */
  readonly missing?: unknown;
  /** How far a component may be off, for vectors of length 1; 1e-5 where it is left out. */
  readonly tolerance?: number;
  /** How often the model is loaded and disposed of, to see that its memory is freed; 100 where it is left out. */
  readonly rounds?: number;
  /** Milliseconds for one test, 60,000 where it is left out; the loading rounds have ten times as long. */
  readonly timeout?: number;
}

/** A subject with all that it leaves out, and its plugin. */
export interface Trial {
  readonly plugin: EmbeddingPlugin;
  /** URL of the module. */
  readonly module: string;
  /** As the schema gives them. */
  readonly options: unknown;
  readonly context: ModelContext;
  readonly inputs: readonly Inputs[];
  readonly images: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly tolerance: number;
  /** A model of the test's own, in the test's own process. */
  load(): Promise<EmbeddingModel>;
}

const TEXTS = [
  'a red and white flag',
  'the night sky',
  'x',
  'Zwölf Boxkämpfer jagen Viktor',
  'two dogs on a beach, one of them asleep',
];

/** @throws Error where the module is no plugin, or refuses the options */
export async function openSubject(subject: ConformanceSubject): Promise<Trial> {
  const module = moduleUrl(subject.module);
  const { default: plugin }: { default: EmbeddingPlugin } = await import(module);
  const options = await parsed(plugin, subject.options ?? {});
  const context = { modelFolders: [], threads: 1, ...subject.context };
  const modalities = subject.modalities ?? plugin.modalities;
  const images = subject.images ?? (await drawnPictures());
  const texts = subject.texts ?? TEXTS;
  return {
    plugin,
    module,
    options,
    context,
    inputs: modalities.map((modality) => (modality === 'image' ? imageInputs(images) : textInputs(texts))),
    images: modalities.includes('image') ? images : [],
    texts: modalities.includes('text') ? texts : [],
    tolerance: subject.tolerance ?? 1e-5,
    load: () => plugin.load(options, context),
  };
}

/** @throws Error which says what the schema says */
export async function parsed(plugin: EmbeddingPlugin, options: unknown): Promise<unknown> {
  const result = await plugin.options['~standard'].validate(options);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message }) => message).join('; ');
  throw new Error(`The plugin "${plugin.name}" refuses the options ${JSON.stringify(options)}: ${issues}`);
}

function moduleUrl(module: URL | string): string {
  return module instanceof URL || module.startsWith('file:') ? String(module) : pathToFileURL(module).href;
}
