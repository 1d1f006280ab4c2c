import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { type ImportInput, type ImportProgress, importPictures } from '../../../src/core/import/import-pictures.ts';
import { MediaError } from '../../../src/core/media.ts';
import type { Row } from '../../../src/core/row.ts';
import { TableStore } from '../../../src/core/table-store.ts';
import { inspectPicture } from '../../../src/imaging/inspect-picture.ts';

/** A folder of pictures for one test, with a library and a media folder beside it. */
export interface Source extends AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  readonly library: string;
  readonly media: string;
  /** Writes pictures of 12 x 8 pixels. */
  pictures(...addresses: string[]): Promise<void>;
  file(address: string, content: string | Uint8Array): Promise<void>;
  /** Writes a `metadata.jsonl`, one line a value; strings as they are. */
  metadata(split: string, ...lines: (object | string)[]): Promise<void>;
  /** Imports to the end, as the dataset "Test". */
  import(options?: Partial<ImportInput>): Promise<ImportProgress>;
  /** Rows of one table of that dataset. */
  rows(table: string): Promise<Row[]>;
}

export const PICTURE = await sharp({ create: { width: 12, height: 8, channels: 3, background: '#b03020' } })
  .png()
  .toBuffer();

export async function makeSource(): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-import-'));
  const [path, library, media] = ['source', 'library', 'media'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(path);
  const file = async (address: string, content: string | Uint8Array) => {
    await mkdir(dirname(join(path, address)), { recursive: true });
    await writeFile(join(path, address), content);
  };
  return {
    folder,
    path,
    library,
    media,
    file,
    async pictures(...addresses) {
      for (const address of addresses) await file(address, PICTURE);
    },
    metadata(split, ...lines) {
      const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      return file(join(split, 'metadata.jsonl'), `${texts.join('\n')}\n`);
    },
    import: (options) =>
      importAll({ source: path, library, media, name: 'Test', byUri: false, readPicture, ...options }),
    rows: (table) => rowsOf(join(library, 'test', 'db'), table),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function importAll(input: ImportInput): Promise<ImportProgress> {
  const steps = await Array.fromAsync(importPictures(input));
  const last = steps.at(-1);
  if (last === undefined) throw new Error('an import tells nothing');
  return last;
}

export async function readPicture(bytes: Uint8Array) {
  return inspectPicture(bytes).catch((cause: Error) => {
    throw new MediaError('MEDIA_UNREADABLE', cause.message, { cause });
  });
}

/** @param db folder of tables */
export function rowsOf(db: string, table: string): Promise<Row[]> {
  return Array.fromAsync(new TableStore(db).rows(table));
}
