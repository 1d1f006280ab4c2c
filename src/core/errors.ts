/** What went wrong, in a form that a client can act upon: each subclass is one way to react. */
export abstract class ViewfinderError extends Error {
  abstract readonly code: string;
}

/** Which part of the input is wrong: `path` leads to it from the root of the input. */
export interface InputIssue {
  readonly path: readonly string[];
  readonly message: string;
}

/** The input cannot be right as it is, whatever the state of the library. */
export class ValidationError extends ViewfinderError {
  override readonly name = 'ValidationError';
  readonly code: 'INVALID_INPUT' | 'DIMENSION_MISMATCH';
  readonly issues: readonly InputIssue[];

  constructor(issues: readonly InputIssue[], options?: ErrorOptions & { code?: 'DIMENSION_MISMATCH' }) {
    super(issues.map((issue) => issue.message).join(' '), options);
    this.code = options?.code ?? 'INVALID_INPUT';
    this.issues = issues;
  }

  /** The usual case: one thing is wrong, at `path` (dots between its steps). */
  static at(path: string, message: string): ValidationError {
    return new ValidationError([{ path: path.split('.'), message }]);
  }
}

/** What was named is not in the library. */
export class NotFoundError extends ViewfinderError {
  override readonly name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
}

/** The input is right and the state of the library forbids it. */
export class ConflictError extends ViewfinderError {
  override readonly name = 'ConflictError';
  readonly code: 'CONFLICT' | 'JOB_RUNNING' | 'DATASET_BUSY' | 'RECALL_TOO_LOW';
  /** The job in the way, where one is. */
  readonly jobId: string | null;

  constructor(code: ConflictError['code'], message: string, options?: ErrorOptions & { jobId?: string }) {
    super(message, options);
    this.code = code;
    this.jobId = options?.jobId ?? null;
  }
}

/** The embedding function, or the model that it names, cannot be used here. */
export class PluginError extends ViewfinderError {
  override readonly name = 'PluginError';
  readonly code: 'PLUGIN_UNAVAILABLE' | 'MODEL_MISSING' | 'MODEL_FAILED';
  readonly plugin: string;
  readonly model: string | null;

  constructor(
    code: PluginError['code'],
    message: string,
    options: ErrorOptions & { plugin: string; model?: string | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.plugin = options.plugin;
    this.model = options.model ?? null;
  }
}

/** A dataset's files on disk are not what Pixano writes. */
export class DatasetUnreadableError extends ViewfinderError {
  override readonly name = 'DatasetUnreadableError';
  readonly code: 'INFO_MISSING' | 'INFO_INVALID' | 'SCHEMA_INVALID' | 'TABLES_MISSING' | 'TABLE_UNREADABLE';

  constructor(code: DatasetUnreadableError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A table cannot be written to, and the input is not at fault. */
export class WriteError extends ViewfinderError {
  override readonly name = 'WriteError';
  readonly code: 'DISK_FULL' | 'TABLE_GONE' | 'WRITE_FAILED';

  constructor(code: WriteError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
