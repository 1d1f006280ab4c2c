import type * as Arrow from 'apache-arrow';
import { bool, bytes, float, int, list, reference, text, time } from '../fields.ts';
import { type AttributeColumn, fieldOf } from './attribute-column.ts';

/** Pixano 0.6's own names of the tables of what is marked in pictures. */
export const ITEMS_TABLES = { entities: 'objects', boxes: 'bboxes', masks: 'masks', keypoints: 'keypoints' } as const;

/** Pixano's own columns of the items and of the entities. */
export const ITEM_COLUMNS = ['id', 'created_at', 'updated_at', 'split'];
export const ENTITY_COLUMNS = ['id', 'created_at', 'updated_at', 'item_ref', 'view_ref', 'parent_ref'];

/** Columns that every table of the items layout begins with. */
const common = () => [text('id'), time('created_at'), time('updated_at')];

const annotation = () => [
  ...common(),
  reference('item_ref'),
  reference('view_ref'),
  reference('entity_ref'),
  reference('source_ref'),
  text('inference_metadata'),
];

export function itemFields(columns: readonly AttributeColumn[]): Arrow.Field[] {
  return [...common(), text('split'), ...columns.map(fieldOf)];
}

export function imageFields(): Arrow.Field[] {
  const refs = [reference('item_ref'), reference('parent_ref')];
  return [...common(), ...refs, text('url'), int('width'), int('height'), text('format')];
}

export function sourceFields(): Arrow.Field[] {
  return [...common(), text('name'), text('kind'), text('metadata')];
}

/** The tables of a dataset of pictures with the columns that Pixano 0.6.12 gives them. */
export function itemsTables(
  views: readonly string[],
  itemColumns: readonly AttributeColumn[],
  entityColumns: readonly AttributeColumn[],
): Map<string, Arrow.Field[]> {
  const entityRefs = [reference('item_ref'), reference('view_ref'), reference('parent_ref')];
  const box = [list('coords', float), text('format'), bool('is_normalized'), float('confidence')];
  return new Map([
    ['item', itemFields(itemColumns)],
    ...views.map((view): [string, Arrow.Field[]] => [view, imageFields()]),
    [ITEMS_TABLES.entities, [...common(), ...entityRefs, ...entityColumns.map(fieldOf)]],
    [ITEMS_TABLES.boxes, [...annotation(), ...box]],
    [ITEMS_TABLES.masks, [...annotation(), list('size', int), bytes('counts')]],
    [ITEMS_TABLES.keypoints, [...annotation(), text('template_id'), list('coords', float), list('states', text)]],
    ['source', sourceFields()],
  ]);
}
