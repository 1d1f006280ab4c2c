/**
 * The contract between Viewfinder and an embedding backend. This file imports nothing, so that a
 * plugin depends on types alone.
 *
 * A plugin is a module whose default export is made by {@link definePlugin}. Its models live in a
 * child process: the module is imported once in the server, to ask what it can do, and once more
 * in each child, to load a model and run it. A plugin therefore keeps no state between the two.
 */
export interface EmbeddingPlugin<Options = unknown> {
  /** The {@link API_VERSION} for which it is written; 1 where it is left out. Another one is refused with a sentence. */
  readonly apiVersion?: number | undefined;
  /** Unique among the plugins of one configuration, such as `open-clip`. */
  readonly name: string;
  readonly version: string;
  /** One sentence for a person who chooses between plugins. */
  readonly description: string;
  /** The LanceDB embedding functions that it serves: a table's metadata name one of these. */
  readonly functions: readonly string[];
  readonly modalities: readonly Modality[];
  /** Whether its models run on a server, which others ask too: then Viewfinder does not measure how fast they are. */
  readonly remote?: boolean | undefined;
  /** What `load` takes, with defaults. Its output is JSON and is kept in the table's metadata. */
  readonly options: OptionsSchema<Options>;

  /** Whether this machine can run it at all; never throws. */
  availability(): Promise<Availability>;
  /** The models it could load now, and those it knows by name. */
  models(context: ModelContext): Promise<readonly KnownModel[]>;
  /** Where the model that these options name is, or where it was looked for; loads nothing. */
  locate(options: Options, context: ModelContext): Promise<ModelLocation>;
  /** Runs in the child process. @throws EmbeddingError MODEL_MISSING, MODEL_FAILED */
  load(options: Options, context: ModelContext): Promise<EmbeddingModel>;
}

/** The version of this contract. It grows when a plugin of the version before would not work any more. */
export const API_VERSION = 1;

export type Modality = 'image' | 'text';

/** As LanceDB means them: `l2` is the squared distance, `cosine` is 1 - cos. */
export type Distance = 'l2' | 'cosine' | 'dot';

export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

export interface KnownModel {
  /** As the options name it. */
  readonly name: string;
  /** Length of its vectors; null where that is not known before it is loaded. */
  readonly dimensions: number | null;
  readonly installed: boolean;
}

export type ModelLocation =
  | {
      readonly installed: true;
      readonly name: string;
      readonly dimensions: number | null;
      /**
       * The options that name this very model, where those that were given may come to mean another one, such as the
       * newest of a name: a new table keeps these.
       */
      readonly pinned?: Readonly<Record<string, unknown>> | undefined;
    }
  /** `reason` is a sentence that names each place where it was looked for, and what to do. */
  | { readonly installed: false; readonly name: string; readonly reason: string };

/** What a plugin may know of its surroundings; plain data, for it crosses a process boundary. */
export interface ModelContext {
  /** Absolute paths of folders that hold one folder a model, in order of preference. */
  readonly modelFolders: readonly string[];
  /** CPU threads that inference may use. */
  readonly threads: number;
  /** How pictures are to be run on the CPU, where that has been measured; else as the plugin sees fit. */
  readonly imageRuns?: ImageRuns | undefined;
  /** Pictures of more pixels are refused, before they are decoded. Default: Pillow's limit, about 179 million. */
  readonly maxPixels?: number | undefined;
  /** Where inference is to run; `auto`, a GPU where one can be used, where it is left out. */
  readonly device?: 'auto' | 'cpu' | 'cuda' | undefined;
  /** The servers of models that the configuration names; no other is asked beyond this machine. */
  readonly servers?: readonly ModelServer[] | undefined;
}

/** So many batches of pictures at once, on so many threads each. */
export interface ImageRuns {
  readonly atOnce: number;
  readonly threads: number;
}

export interface ModelServer {
  /** The embedding function whose plugin knows how to ask it. */
  readonly function: string;
  /** What the paths of its API are appended to, such as `http://gpu.example.org:7997`. */
  readonly url: string;
  /** Those that it serves. */
  readonly models: readonly string[];
  /** The environment variable that holds its key. */
  readonly apiKeyEnv?: string | undefined;
}

/** Where a loaded model lives. */
export interface ModelProcess {
  /** Name of the plugin. */
  readonly plugin: string;
  readonly pid: number;
}

/** A loaded model. It is disposed of exactly once, after its last call has settled. */
export interface EmbeddingModel extends AsyncDisposable {
  /** Length of every vector that it gives. */
  readonly dimensions: number;
  /** How its vectors are meant to be compared. */
  readonly distance: Distance;
  /** Whether every vector has length 1. */
  readonly normalized: boolean;
  /** A model without a text tower has `image` alone. */
  readonly modalities: readonly Modality[];
  /** The most inputs that one call may carry. */
  readonly maxBatch: { readonly image: number; readonly text: number };
  /** How many calls of `embedImages` may usefully be under way at once. */
  readonly maxConcurrency: number;
  /** How it runs pictures, where `ModelContext.imageRuns` has a say in that: whether other runs are faster is then measured. */
  readonly imageRuns?: ImageRuns | undefined;

  /**
   * Decodes, resizes and normalises one picture: everything that depends on it alone, so that it
   * overlaps with the inference of others.
   *
   * The result may be given to `embedImages` until that call succeeds with it or until `signal`
   * aborts; whichever comes first releases it.
   *
   * @param bytes a picture file, as it lies on disk
   * @throws EmbeddingError about the input: MEDIA_UNREADABLE, MEDIA_UNSUPPORTED, MEDIA_TOO_LARGE
   */
  prepareImage(bytes: Uint8Array, options?: CallOptions): Promise<PreparedImage>;
  /** One vector an image, in the order of the images, each of `dimensions` finite numbers. */
  embedImages(images: readonly PreparedImage[], options?: CallOptions): Promise<Float32Array[]>;
  /** One vector a text, in the order of the texts, each of `dimensions` finite numbers. */
  embedTexts(texts: readonly string[], options?: CallOptions): Promise<Float32Array[]>;
}

/** What `prepareImage` gives is for the same model's `embedImages` alone. */
export type PreparedImage = object;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * What an error says about the work it stopped:
 * `input`: this input can never be embedded, others can;
 * `transient`: the same call may succeed later;
 * `final`: nothing will succeed until a person has changed something.
 */
export type Fault = 'input' | 'transient' | 'final';

export type EmbeddingErrorCode =
  | 'MEDIA_UNREADABLE'
  | 'MEDIA_UNSUPPORTED'
  | 'MEDIA_TOO_LARGE'
  | 'MODEL_REFUSED'
  | 'MODEL_MISSING'
  | 'MODEL_FAILED'
  | 'PLUGIN_UNAVAILABLE';

export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';
  readonly code: EmbeddingErrorCode;
  readonly fault: Fault;

  constructor(code: EmbeddingErrorCode, fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fault = fault;
  }
}

/**
 * A Standard Schema (https://standardschema.dev) that can also show itself as JSON Schema, as
 * every zod object does.
 */
export interface OptionsSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): OptionsResult<Output> | Promise<OptionsResult<Output>>;
    readonly jsonSchema: {
      input(options: { readonly target: 'draft-2020-12' }): Record<string, unknown>;
    };
  };
}

export type OptionsResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly OptionsIssue[] };

export interface OptionsIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Gives the options' type to the methods of a plugin. */
export function definePlugin<Options>(plugin: EmbeddingPlugin<Options>): EmbeddingPlugin<Options> {
  return plugin;
}
