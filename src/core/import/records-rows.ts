import { localTime } from '../local-time.ts';
import type { AttributeColumns } from './attribute-column.ts';
import type { IdentifiedEntity } from './identified-item.ts';
import type { NewRow, ReadItem, RowMaker } from './read-item.ts';

/** Pixano's value for an annotation that belongs to no frame of a video. */
const NO_FRAME = { tracklet_id: '', entity_dynamic_state_id: '', frame_id: '', frame_index: -1n };

/** The rows of records as an import of Pixano 0.8 makes them. */
export class RecordsRows implements RowMaker {
  readonly itemTable = 'records';
  readonly #recordColumns: AttributeColumns;
  readonly #entityColumns: AttributeColumns;

  constructor(recordColumns: AttributeColumns, entityColumns: AttributeColumns) {
    this.#recordColumns = recordColumns;
    this.#entityColumns = entityColumns;
  }

  check({ itemColumns, entityColumns }: Parameters<RowMaker['check']>[0]): void {
    this.#recordColumns.check(itemColumns);
    this.#entityColumns.check(entityColumns);
  }

  *rowsOf(item: ReadItem): Generator<NewRow> {
    for (const entity of item.entities) yield* this.#rowsOf(entity, item);
    for (const { view, address, bytes, preview, width, height, format } of item.pictures) {
      const row = { id: view.id, record_id: item.id, logical_name: view.name, uri: address, raw_bytes: bytes };
      const facts = { preview, preview_format: 'png', width: BigInt(width), height: BigInt(height), format };
      yield { table: 'images', values: { ...row, ...facts } };
    }
    const now = localTime(new Date());
    const record = { id: item.id, split: item.split, created_at: now, updated_at: now, status: 'new', comment: '' };
    const attributes = this.#recordColumns.valuesOf(item.attributes, item.where);
    yield { table: 'records', values: { ...record, ...attributes } };
  }

  *#rowsOf(entity: IdentifiedEntity, item: ReadItem): Generator<NewRow> {
    const annotation = ({ id, view, source }: IdentifiedEntity['boxes' | 'masks' | 'keypoints'][number]) => ({
      id,
      record_id: item.id,
      entity_id: entity.id,
      source_type: source.type,
      source_name: source.name,
      source_metadata: '{}',
      view_id: view.id,
      ...NO_FRAME,
    });
    for (const box of entity.boxes) {
      const { coords, format, isNormalized: is_normalized, confidence } = box;
      yield { table: 'bboxes', values: { ...annotation(box), coords, format, is_normalized, confidence } };
    }
    for (const mask of entity.masks) {
      const runs = { size: mask.size.map(BigInt), counts: Buffer.from(mask.counts) };
      yield { table: 'masks', values: { ...annotation(mask), ...runs } };
    }
    for (const points of entity.keypoints) {
      const { templateId: template_id, coords, states } = points;
      yield { table: 'keypoints', values: { ...annotation(points), template_id, coords, states } };
    }
    const attributes = this.#entityColumns.valuesOf(entity.attributes, item.where);
    yield {
      table: 'entities',
      values: { id: entity.id, record_id: item.id, parent_id: entity.parentId, ...attributes },
    };
  }
}
