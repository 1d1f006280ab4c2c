import { join } from 'node:path';
import { z } from 'zod';
import { DatasetUnreadableError } from '../errors.ts';
import { readJson, writeJson } from '../json-file.ts';
import { TableStore } from '../table-store.ts';
import { asOnlyWriter } from '../write-lock.ts';
import { AttributeColumns } from './attribute-column.ts';
import { attributeColumns, checkTables, type ImportTarget } from './import-target.ts';
import { RecordsRows } from './records-rows.ts';
import { ENTITY_COLUMNS, RECORD_COLUMNS, RECORDS_TABLES } from './records-tables.ts';
import { writeItems } from './row-writer.ts';
import { settleRecords } from './scalar-indexes.ts';
import type { SourceSurvey } from './source-survey.ts';

const recordsInfo = z.looseObject({
  views: z.record(z.string(), z.looseObject({ base: z.string() }).nullable()),
  storage_mode: z.string().default('embedded'),
});

/**
 * A dataset of the records layout, as it is in the library. Its columns stay as they are.
 * @param byUri whether the pictures stay files
 * @throws ValidationError where it has no place for what the source has
 */
export async function openRecordsDataset(path: string, survey: SourceSurvey, byUri: boolean): Promise<ImportTarget> {
  const store = new TableStore(join(path, 'db'));
  const names = await store.folder.names();
  const { views } = await readInfo(path);
  checkTables(survey, {
    view: (name) => views[name]?.base === 'Image' && names.includes('images'),
    mark: (mark) => names.includes(RECORDS_TABLES[mark]),
  });
  const rows = new RecordsRows(
    attributeColumns(await store.schema('records'), RECORD_COLUMNS),
    names.includes('entities')
      ? attributeColumns(await store.schema('entities'), ENTITY_COLUMNS)
      : new AttributeColumns([]),
  );
  rows.check(survey);
  const tables = ['records', 'images', ...[...survey.marks.keys()].map((mark) => RECORDS_TABLES[mark])];
  let written = false;
  return {
    store,
    itemTable: rows.itemTable,
    write(items) {
      written = true;
      return asOnlyWriter(path, async () => {
        await noteStorage(path, byUri ? 'filesystem' : 'embedded');
        await writeItems(store, rows, items);
      });
    },
    async finish() {
      if (written) await asOnlyWriter(path, () => settleRecords(store, tables));
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Pixano notes whether a dataset's pictures are files, in its tables, or both. */
async function noteStorage(path: string, mode: 'filesystem' | 'embedded'): Promise<void> {
  const info = await readInfo(path);
  if (info.storage_mode === mode || info.storage_mode === 'mixed') return;
  await writeJson(join(path, 'info.json'), { ...info, storage_mode: 'mixed' });
}

async function readInfo(path: string) {
  const info = await readJson(join(path, 'info.json'), recordsInfo, 'SCHEMA_INVALID');
  if (info !== null) return info;
  throw new DatasetUnreadableError('INFO_MISSING', `${path} has lost its info.json.`);
}
