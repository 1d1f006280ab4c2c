import { mkdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CallQueue } from '../call-queue.ts';
import type { Dtype } from '../onnx-dtype.ts';
import { download } from './download.ts';
import type { Hub, HubFile, HubModel } from './hub.ts';
import { HubError } from './hub-error.ts';
import { type ChosenFiles, chooseFiles } from './model-files.ts';
import { type ModelName, parseModelName } from './model-name.ts';
import { damagedFiles, missingFiles, readRecord, writeRecord } from './model-record.ts';
import { lockPull } from './pull-lock.ts';

/** Files that are fetched at once. */
const AT_ONCE = 4;
/** Below a folder of models, what is not whole yet. No model's name begins with a dot. */
const UNFINISHED = '.unfinished';

export interface PullInput {
  readonly hub: Hub;
  /** `NAME` or `ORGANISATION/NAME`, with `@REVISION` or without. */
  readonly name: string;
  /** The folder of models. */
  readonly folder: string;
  readonly dtype: Dtype;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

/** A model on its way from the hub into a folder, which appears when all of it is there. */
export class ModelPull {
  readonly model: HubModel;
  readonly files: readonly HubFile[];
  /** The model's own folder. */
  readonly target: string;
  readonly #input: PullInput;
  readonly #missing: readonly HubFile[];
  readonly #received = new Map<HubFile, number>();

  private constructor(
    input: PullInput,
    model: HubModel,
    target: string,
    files: readonly HubFile[],
    missing: readonly HubFile[],
  ) {
    this.#input = input;
    this.model = model;
    this.target = target;
    this.files = files;
    this.#missing = missing;
  }

  /**
   * Asks the hub what there is. A folder that was fetched before keeps its commit: what it lacks is of the same, and so
   * is what takes the place of files that are damaged.
   *
   * @throws HubError; the signal's reason
   */
  static async plan(input: PullInput, { signal }: CallOptions): Promise<ModelPull> {
    const name = parseModelName(input.name);
    const before = await recordedCommit(input, name);
    const model = await find(input.hub, name, name.revision ?? before ?? 'main', signal);
    const chosen = chooseFiles(model, input.dtype);
    const target = join(input.folder, folderOf(chosen, model, name));
    const record = await readRecord(target);
    if (record === null && (await stat(target).catch(() => null)) !== null) {
      throw inTheWay(target, 'it was not fetched by this command');
    }
    if (record !== null && (record.commit !== model.commit || record.repository !== model.repository)) {
      throw inTheWay(
        target,
        `it holds ${record.repository} at ${record.commit}, and not ${model.repository} at ${model.commit}`,
      );
    }
    const missing = await missingFiles(target, chosen.files);
    const present = chosen.files.filter((file) => !missing.includes(file));
    const damaged = await damagedFiles(target, present, { signal });
    return new ModelPull(input, model, target, chosen.files, [...missing, ...damaged]);
  }

  /** Bytes of all files. */
  get total(): number {
    return sum(this.files.map(({ size }) => size));
  }

  /** Bytes that are there. */
  get done(): number {
    return this.total - sum(this.#missing.map((file) => file.size - (this.#received.get(file) ?? 0)));
  }

  /** Whether all of it was there. */
  get nothingToDo(): boolean {
    return this.#missing.length === 0;
  }

  /** Whatever ends it, another run goes on from there. @throws HubError; the signal's reason */
  async run({ signal }: CallOptions): Promise<void> {
    if (this.nothingToDo) return;
    const { folder, hub } = this.#input;
    const staging = join(folder, UNFINISHED, `${this.model.repository.replace('/', '--')}-${this.model.commit}`);
    const [whole, parts] = [join(staging, 'whole'), join(staging, 'parts')];
    try {
      for (const path of [whole, parts]) await mkdir(path, { recursive: true });
      await using _lock = await lockPull(join(staging, 'lock'));
      await this.#fetchAll(whole, parts, signal);
      await this.#putInPlace(whole, hub.url);
      await rm(staging, { recursive: true, force: true });
      await rmdir(join(folder, UNFINISHED)).catch(() => {});
    } catch (error) {
      throw isDiskFull(error) ? await diskFull(folder, this.total - this.done, error) : error;
    }
  }

  async #fetchAll(whole: string, parts: string, signal: AbortSignal): Promise<void> {
    const left = await missingFiles(whole, this.#missing);
    for (const file of this.#missing) this.#received.set(file, file.size);
    for (const file of left) {
      const begun = (await stat(partOf(parts, file)).catch(() => null))?.size ?? 0;
      this.#received.set(file, Math.min(begun, file.size));
    }
    await this.#checkSpace();
    const queue = new CallQueue(AT_ONCE);
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const { hub } = this.#input;
    const fetchOne = async (file: HubFile) => {
      const part = partOf(parts, file);
      const onProgress = (bytes: number) => this.#received.set(file, bytes);
      await download({ hub, model: this.model, file, part, onProgress, signal: either });
      const path = join(whole, file.path);
      await mkdir(dirname(path), { recursive: true });
      await rename(part, path);
      await rm(`${part}.etag`, { force: true });
    };
    // The largest decide how long it takes.
    const bySize = left.toSorted((a, b) => b.size - a.size);
    const fetched = bySize.map((file) =>
      queue
        .run(() => fetchOne(file), either)
        .catch((error: unknown) => {
          stop.abort(error);
          throw error;
        }),
    );
    const outcomes = await Promise.allSettled(fetched);
    signal.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #checkSpace(): Promise<void> {
    const { folder } = this.#input;
    const needed = this.total - this.done;
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < needed) throw await diskFull(folder, needed);
  }

  async #putInPlace(whole: string, hub: string): Promise<void> {
    const record = await readRecord(this.target);
    if (record === null) {
      await writeRecord(whole, hub, this.model, this.files);
      await mkdir(dirname(this.target), { recursive: true });
      await rename(whole, this.target);
      return;
    }
    for (const { path } of this.#missing) {
      await mkdir(dirname(join(this.target, path)), { recursive: true });
      await rename(join(whole, path), join(this.target, path));
    }
    const paths = new Set(this.files.map(({ path }) => path));
    const kept = record.files.filter(({ path }) => !paths.has(path));
    await writeRecord(this.target, hub, this.model, [...kept, ...this.files]);
  }
}

async function find(hub: Hub, { repositories }: ModelName, revision: string, signal: AbortSignal): Promise<HubModel> {
  for (const repository of repositories) {
    const model = await hub.list(repository, revision, { signal });
    if (model !== null) return model;
  }
  const looked = repositories.join(', nor ');
  throw new HubError(
    'NO_SUCH_MODEL',
    `${hub.url} has no ${looked} (at ${revision}), or gives it only to who has a token in the environment variable HF_TOKEN.`,
  );
}

/** OpenCLIP's models have one name, others are told apart by who publishes them. */
function folderOf({ layout }: ChosenFiles, { repository }: HubModel, { name, revision }: ModelName): string {
  if (layout !== 'transformers') return name;
  return revision === undefined ? repository : `${repository}@${revision}`;
}

/** Of the folder that a plain name would have, where it was fetched before. */
async function recordedCommit({ folder }: PullInput, { name, repositories }: ModelName): Promise<string | undefined> {
  for (const path of [name, ...repositories]) {
    const record = await readRecord(join(folder, path));
    if (record !== null && repositories.includes(record.repository)) return record.commit;
  }
  return undefined;
}

function partOf(parts: string, { path }: HubFile): string {
  return join(parts, encodeURIComponent(path));
}

function inTheWay(target: string, why: string): HubError {
  return new HubError('IN_THE_WAY', `${target} is already there, and ${why}: move it away first. Nothing was changed.`);
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

async function diskFull(folder: string, needed: number, cause?: unknown): Promise<HubError> {
  const { bavail, bsize } = await statfs(folder);
  const [needs, has] = [needed, bavail * bsize].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  const message = `The disk of ${folder} has no room: ${needs} are to come, ${has} are free. Make room, and the same command goes on from here.`;
  return new HubError('DISK_FULL', message, { cause });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
