import { posix } from 'node:path';
import { ValidationError } from '../errors.ts';
import { MediaError } from '../media.ts';
import { readJsonLines } from './json-lines.ts';
import { readJsonl1Line } from './jsonl-1.ts';
import { type LineDefaults, NO_DEFAULTS, readHeader, readJsonl2Line } from './jsonl-2.ts';
import type { SourceEntry, SourceFolder } from './source-folder.ts';
import type { ImportFailure, MetadataLine, SourceItem } from './source-item.ts';

const METADATA = 'metadata.jsonl';
/** Pixano's name for a split that has no folder of its own. */
const DEFAULT_SPLIT = 'default';
const VIEW = 'image';
/** Names of pictures, those of kinds that are not read included: a file that is left out must be reported. */
const PICTURE = /\.(apng|avif|bmp|gif|heic|heif|jfif|jp2|jpe|jpe?g|pbm|pgm|png|pnm|ppm|svg|tga|tiff?|webp)$/i;

export type Found = { readonly item: SourceItem } | { readonly failure: ImportFailure };

/**
 * The items of a source, always in the same order, and what of it is left out.
 *
 * Each folder within it is a split, as Pixano 0.6's builders have it, and so is the folder itself where
 * pictures lie in it directly. A split with a `metadata.jsonl` has the items that its lines name; without
 * one, every picture below it is an item. Where the source itself has one, it is the only split.
 * @throws ValidationError where a line of metadata is not as Pixano writes it
 */
export async function* sourceItems(source: SourceFolder): AsyncGenerator<Found> {
  const entries = await source.entries('');
  if (entries.some(isMetadata)) {
    yield* describedItems(source, '', DEFAULT_SPLIT);
    return;
  }
  for (const entry of entries) {
    if (entry.kind !== 'folder') yield* looseItems(source, entry, DEFAULT_SPLIT);
    else yield* splitItems(source, entry);
  }
}

async function* splitItems(source: SourceFolder, { name, address }: SourceEntry): AsyncGenerator<Found> {
  const entries = await unlessUnreadable(source.entries(address), address);
  if ('failure' in entries) yield entries;
  else if (entries.value.some(isMetadata)) yield* describedItems(source, address, name);
  else for (const entry of entries.value) yield* looseItems(source, entry, name);
}

/** A picture without metadata, or all those below a folder. */
async function* looseItems(source: SourceFolder, entry: SourceEntry, split: string): AsyncGenerator<Found> {
  const { address, name, kind } = entry;
  if (kind === 'linked-folder') {
    const message = `${address} is a link to a folder; it is not followed.`;
    yield { failure: { where: address, code: 'MEDIA_FORBIDDEN', message } };
  } else if (kind === 'folder') {
    const entries = await unlessUnreadable(source.entries(address), address);
    if ('failure' in entries) yield entries;
    else for (const within of entries.value) yield* looseItems(source, within, split);
  } else if (PICTURE.test(name)) {
    const views = [{ name: VIEW, address }];
    yield { item: { where: address, id: null, split, attributes: new Map(), views, entities: [] } };
  }
}

/** What the lines of a split's metadata name. */
async function* describedItems(source: SourceFolder, folder: string, split: string): AsyncGenerator<Found> {
  const name = posix.join(folder, METADATA);
  const path = await source.find(name).catch((cause) => {
    throw new ValidationError([{ path: ['metadata'], message: String(cause.message) }], { cause });
  });
  let defaults: LineDefaults | null = null;
  let first = true;
  for await (const { where, value } of readJsonLines(path, name)) {
    if (isObject(value) && '$pixano' in value) {
      if (!first) throw ValidationError.at('metadata', `${where}: "$pixano" must be in the first line.`);
      defaults = readHeader(value, where);
    } else {
      const line = readLine(value, defaults, where);
      if (line.views.length === 0) {
        throw ValidationError.at('metadata', `${where}: the line names no picture: give its path as "image".`);
      }
      const found = await unlessUnreadable(locate(source, folder, line), where);
      if ('failure' in found) yield found;
      else yield { item: { ...line, where, split: line.split ?? split, views: found.value } };
    }
    first = false;
  }
}

/** The header that tells Pixano 0.8's dialect from those before it may be left out; then its own keys tell it. */
function readLine(value: unknown, defaults: LineDefaults | null, where: string): MetadataLine {
  if (defaults !== null || isJsonl2(value)) return readJsonl2Line(value, defaults ?? NO_DEFAULTS, where);
  return readJsonl1Line(value, where);
}

function isJsonl2(value: unknown): boolean {
  if (!isObject(value)) return false;
  if ('attrs' in value) return true;
  const entities = Array.isArray(value.entities) ? value.entities.filter(isObject) : [];
  return entities.some((entity) => 'attrs' in entity || Array.isArray(entity.annotations));
}

function locate(source: SourceFolder, folder: string, { views }: MetadataLine): Promise<SourceItem['views']> {
  return Promise.all(
    views.map(async ({ name, address }) => ({ name, address: await locatePicture(source, folder, address) })),
  );
}

/** Pixano takes a path as one within the split, or as one from the source on where it names the split itself. */
async function locatePicture(source: SourceFolder, folder: string, address: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(address)) {
    throw new MediaError('MEDIA_FORBIDDEN', `${address} is a remote address; only files of the source are taken.`);
  }
  const within = posix.join(folder, address);
  if (posix.isAbsolute(address)) throw new MediaError('MEDIA_FORBIDDEN', `${address} is not a path within the source.`);
  try {
    await source.find(within);
    return within;
  } catch (error) {
    const fromRoot = posix.normalize(address);
    const found = await source.find(fromRoot).catch(() => null);
    if (found === null) throw error;
    return fromRoot;
  }
}

async function unlessUnreadable<Value>(
  value: Promise<Value>,
  where: string,
): Promise<{ readonly value: Value } | { readonly failure: ImportFailure }> {
  try {
    return { value: await value };
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return { failure: { where, code: error.code, message: error.message } };
  }
}

function isMetadata({ name, kind }: SourceEntry): boolean {
  return name === METADATA && kind === 'file';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
