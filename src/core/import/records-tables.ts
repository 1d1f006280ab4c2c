import type * as Arrow from 'apache-arrow';
import { arrow } from '../arrow.ts';
import { bool, bytes, float, int, list, text, time } from '../fields.ts';
import { type AttributeColumn, fieldOf } from './attribute-column.ts';

/** The records layout's only names of the tables of what is marked in pictures. */
export const RECORDS_TABLES = {
  entities: 'entities',
  boxes: 'bboxes',
  masks: 'masks',
  keypoints: 'keypoints',
} as const;

/** Pixano's own columns of the records, those apart that metadata may set, and of the entities. */
export const RECORD_COLUMNS = ['id', 'split', 'created_at', 'updated_at'];
export const ENTITY_COLUMNS = ['id', 'record_id', 'parent_id'];

const annotation = () => [
  ...['id', 'record_id', 'entity_id', 'source_type', 'source_name', 'source_metadata', 'view_id'].map(text),
  ...['tracklet_id', 'entity_dynamic_state_id', 'frame_id'].map(text),
  int('frame_index'),
];

/** The tables of a dataset of pictures with the columns that Pixano 0.8.0 gives them. */
export function recordsTables(
  recordColumns: readonly AttributeColumn[],
  entityColumns: readonly AttributeColumn[],
): Map<string, Arrow.Field[]> {
  const record = [text('id'), text('split'), time('created_at'), time('updated_at'), text('status'), text('comment')];
  const box = [list('coords', float), text('format'), bool('is_normalized'), float('confidence')];
  const image = [
    ...['id', 'record_id', 'logical_name', 'uri'].map(text),
    new arrow.Field('raw_bytes', new arrow.LargeBinary(), true),
    bytes('preview'),
    text('preview_format'),
    int('width'),
    int('height'),
    text('format'),
  ];
  return new Map([
    ['records', [...record, ...recordColumns.map(fieldOf)]],
    ['images', image],
    ['entities', [...['id', 'record_id', 'parent_id'].map(text), ...entityColumns.map(fieldOf)]],
    ['bboxes', [...annotation(), ...box]],
    ['masks', [...annotation(), list('size', int), bytes('counts')]],
    ['keypoints', [...annotation(), text('template_id'), list('coords', float), list('states', text)]],
  ]);
}
