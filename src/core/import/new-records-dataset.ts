import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ValidationError } from '../errors.ts';
import { writeJson } from '../json-file.ts';
import { derivedId } from '../row-id.ts';
import { type AttributeColumn, AttributeColumns } from './attribute-column.ts';
import type { NewDatasetInput, NewDatasetLayout } from './dataset-layout.ts';
import { checkColumns } from './new-items-dataset.ts';
import { RecordsRows } from './records-rows.ts';
import { ENTITY_COLUMNS, RECORD_COLUMNS, recordsTables } from './records-tables.ts';
import { settleRecords } from './scalar-indexes.ts';

/** Columns of every record that metadata may set. */
const OWN_RECORD_COLUMNS: readonly AttributeColumn[] = ['status', 'comment'].map((name) => {
  return { name, type: 'str', collection: false };
});

/** A dataset as an import of Pixano 0.8.0 makes one. @throws ValidationError */
export function newRecordsDataset(input: NewDatasetInput): NewDatasetLayout {
  const { views, entityColumns } = input;
  const recordColumns = input.itemColumns.filter(({ name }) => !OWN_RECORD_COLUMNS.some((own) => own.name === name));
  const tables = recordsTables(recordColumns, entityColumns);
  checkColumns(recordColumns, RECORD_COLUMNS);
  checkColumns(entityColumns, ENTITY_COLUMNS);
  if (views.some((view) => view.trim() === '')) {
    throw ValidationError.at('metadata', 'A view of the metadata has no name.');
  }
  return {
    tables,
    rows: new RecordsRows(
      new AttributeColumns([...OWN_RECORD_COLUMNS, ...recordColumns]),
      new AttributeColumns(entityColumns),
    ),
    settle: (store) => settleRecords(store, [...tables.keys()]),
    async writeFiles(folder) {
      const groups = ['item', 'records', 'views', 'entities', 'entity_dynamic_states', 'annotations', 'embeddings'];
      await writeJson(join(folder, 'features_values.json'), Object.fromEntries(groups.map((group) => [group, {}])));
      await writeJson(join(folder, 'info.json'), infoOf(input, recordColumns));
    },
  };
}

function infoOf(input: NewDatasetInput, recordColumns: readonly AttributeColumn[]) {
  const { id, name, description, byUri, views, entityColumns } = input;
  return {
    id: id ?? derivedId(randomUUID()),
    name,
    description,
    size: 'Unknown',
    preview: '',
    creation_date: new Date().toISOString().replace('Z', '000+00:00'),
    bookmarks: [],
    workspace: 'image',
    storage_mode: byUri ? 'filesystem' : 'embedded',
    spec_version: 2,
    record: slot('Record', recordColumns),
    entity: slot('Entity', entityColumns),
    entity_dynamic_state: null,
    bbox: slot('BBox'),
    mask: slot('CompressedRLE'),
    keypoint: slot('KeyPoints'),
    classification: null,
    relation: null,
    tracklet: null,
    message: null,
    multi_path: null,
    text_span: null,
    timeseries: null,
    views: Object.fromEntries(views.map((view) => [view, slot('Image')])),
  };
}

/** One of Pixano's schemas as its manifests name it: only the columns that it does not have itself. */
function slot(base: string, columns: readonly AttributeColumn[] = []) {
  const fields = columns.map((column) => {
    const { name, type, collection } = column;
    return [name, { collection, type, required: false, default: defaultOf(column) }];
  });
  return { base, fields: Object.fromEntries(fields), ...(columns.length > 0 && { name: `Custom${base}` }) };
}

function defaultOf({ type, collection }: AttributeColumn): string | number | boolean | readonly [] {
  if (collection) return [];
  if (type === 'str') return '';
  return type === 'bool' ? false : 0;
}
