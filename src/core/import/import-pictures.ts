import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { mapConcurrently } from '../concurrent-map.ts';
import { ValidationError } from '../errors.ts';
import { isWithin } from '../media-folder.ts';
import { ItemIds } from './identified-item.ts';
import { ItemReader } from './item-reader.ts';
import { MediaCopies, makeFolder } from './media-copies.ts';
import { chooseTarget, type LayoutKind, type TargetInput } from './open-target.ts';
import type { PictureFacts, ReadItem } from './read-item.ts';
import { SourceFolder } from './source-folder.ts';
import type { ImportFailure } from './source-item.ts';
import { type Found, sourceItems } from './source-items.ts';
import { surveySource } from './source-survey.ts';

/** Items that are read side by side. */
const SIDE_BY_SIDE = 4;
/** What is written at once: so many items, or so many bytes of pictures. */
const BATCH = { items: 256, bytes: 64 * 1024 * 1024 };

export interface ImportInput extends TargetInput {
  /** The folder of pictures. */
  readonly source: string;
  /** Where the pictures of the items layout are copied to. */
  readonly media: string;
  /** @throws MediaError where the bytes are no picture that can be read */
  readonly readPicture: (bytes: Uint8Array) => Promise<PictureFacts>;
}

/** Where an import stands; the counts are of items. */
export interface ImportProgress {
  /** Name of the dataset's folder. */
  readonly folder: string;
  readonly layout: LayoutKind;
  readonly total: number;
  /** Looked at so far, whatever came out. */
  readonly done: number;
  /** New, and in the tables. */
  readonly added: number;
  /** In the dataset since before. */
  readonly present: number;
  /** All that was left out so far. */
  readonly failures: readonly ImportFailure[];
  readonly finished: boolean;
}

/**
 * Makes a dataset of a folder of pictures, or adds to one what is new. A new dataset appears in the
 * library when it is whole; an import that was interrupted goes on where it was.
 *
 * Once `signal` aborts, nothing more is read, and what was read is written.
 * @throws ValidationError, ConflictError, NotFoundError, DatasetUnreadableError
 */
export async function* importPictures(
  input: ImportInput,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ImportProgress> {
  const source = await SourceFolder.open(input.source);
  const library = resolve(input.library);
  await checkApart(source, library);
  const { folder, layout, prepare } = await chooseTarget({ ...input, library });
  const survey = await surveySource(source, signal);
  const open = await prepare(source, survey);
  const embedded = input.byUri ? 'by-uri' : 'embedded';
  const keeping = layout === 'ITEMS' ? await MediaCopies.open(input.media, folder, source) : embedded;
  await makeFolder(library, 'library');
  await using target = await open(signal);
  const known = new Set<string>();
  for await (const { id } of target.store.rows(target.itemTable, { columns: [] })) known.add(id);

  const counts = { done: 0, added: 0, present: 0 };
  const failures: ImportFailure[] = [];
  const progress = (finished: boolean): ImportProgress => {
    return { folder, layout, total: survey.total, ...counts, failures, finished };
  };
  let batch: ReadItem[] = [];
  let bytes = 0;
  const write = async () => {
    await target.write(batch);
    counts.added += batch.length;
    batch = [];
    bytes = 0;
  };

  yield progress(false);
  const ids = new ItemIds(source.name);
  const reader = new ItemReader(source, keeping, input.readPicture);
  const outcomes = mapConcurrently(untilAborted(sourceItems(source), signal), SIDE_BY_SIDE, async (found) => {
    if ('failure' in found) return found.failure;
    const item = ids.identify(found.item);
    return known.has(item.id) ? null : reader.read(item);
  });
  for await (const outcome of outcomes) {
    counts.done += 1;
    if (outcome === null) counts.present += 1;
    else if ('code' in outcome) failures.push(outcome);
    else {
      batch.push(outcome);
      bytes += outcome.pictures.reduce((sum, picture) => sum + picture.bytes.length, 0);
      if (batch.length >= BATCH.items || bytes >= BATCH.bytes) await write();
    }
    yield progress(false);
  }
  if (batch.length > 0) await write();
  const whole = signal?.aborted !== true;
  if (whole) await target.finish();
  yield progress(whole);
}

async function* untilAborted(items: AsyncIterable<Found>, signal: AbortSignal | undefined): AsyncGenerator<Found> {
  for await (const item of items) {
    if (signal?.aborted) return;
    yield item;
  }
}

/** A dataset's own files, such as its preview, are no pictures to import. @throws ValidationError */
async function checkApart(source: SourceFolder, library: string): Promise<void> {
  const root = await realpath(library).catch(() => library);
  const refuse = (where: string) => ValidationError.at('source', `${where}: name a folder that holds pictures alone.`);
  if (root === source.realPath || isWithin(root, source.realPath)) {
    throw refuse(`The library ${library} lies in ${source.path}, which is to be imported`);
  }
  if (!isWithin(source.realPath, root)) return;
  const [child = ''] = relative(root, source.realPath).split(sep);
  const info = await stat(join(root, child, 'info.json')).catch(() => null);
  if (info !== null) throw refuse(`${source.path} lies in the dataset ${join(library, child)}`);
}
