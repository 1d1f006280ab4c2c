import { localTime } from '../local-time.ts';
import { derivedId } from '../row-id.ts';
import type { AttributeColumns } from './attribute-column.ts';
import type { IdentifiedEntity } from './identified-item.ts';
import type { NewRow, ReadItem, RowMaker } from './read-item.ts';
import type { Mark } from './source-survey.ts';

/** The rows of items as the builder of Pixano 0.6.12 makes them. */
export class ItemsRows implements RowMaker {
  readonly itemTable = 'item';
  readonly #tables: Readonly<Record<Mark, string>>;
  readonly #itemColumns: AttributeColumns;
  readonly #entityColumns: AttributeColumns;

  constructor(tables: Readonly<Record<Mark, string>>, itemColumns: AttributeColumns, entityColumns: AttributeColumns) {
    this.#tables = tables;
    this.#itemColumns = itemColumns;
    this.#entityColumns = entityColumns;
  }

  check({ itemColumns, entityColumns }: Parameters<RowMaker['check']>[0]): void {
    this.#itemColumns.check(itemColumns);
    this.#entityColumns.check(entityColumns);
  }

  *rowsOf(item: ReadItem): Generator<NewRow> {
    const now = localTime(new Date());
    const stamps = { created_at: now, updated_at: now };
    const common = { ...stamps, item_ref: { name: 'item', id: item.id } };
    for (const entity of item.entities) yield* this.#rowsOf(entity, stamps, common, item.where);
    for (const { view, address, width, height, format } of item.pictures) {
      const picture = { url: address, width: BigInt(width), height: BigInt(height), format };
      yield { table: view.name, values: { id: view.id, ...common, parent_ref: { name: '', id: '' }, ...picture } };
    }
    const attributes = this.#itemColumns.valuesOf(item.attributes, item.where);
    yield { table: 'item', values: { id: item.id, ...stamps, split: item.split, ...attributes } };
  }

  *#rowsOf(entity: IdentifiedEntity, stamps: object, common: object, where: string): Generator<NewRow> {
    const { entities, boxes, masks, keypoints } = this.#tables;
    for (const { source } of [...entity.boxes, ...entity.masks, ...entity.keypoints]) {
      const values = { id: sourceId(source), ...stamps, name: source.name, kind: source.type, metadata: '{}' };
      yield { table: 'source', values };
    }
    const annotation = ({ id, view, source }: IdentifiedEntity['boxes' | 'masks' | 'keypoints'][number]) => ({
      id,
      ...common,
      view_ref: { name: view.name, id: view.id },
      entity_ref: { name: entities, id: entity.id },
      source_ref: { name: 'source', id: sourceId(source) },
      inference_metadata: '{}',
    });
    for (const box of entity.boxes) {
      const { coords, format, isNormalized: is_normalized, confidence } = box;
      yield { table: boxes, values: { ...annotation(box), coords, format, is_normalized, confidence } };
    }
    for (const mask of entity.masks) {
      const runs = { size: mask.size.map(BigInt), counts: Buffer.from(mask.counts) };
      yield { table: masks, values: { ...annotation(mask), ...runs } };
    }
    for (const points of entity.keypoints) {
      const { templateId: template_id, coords, states } = points;
      yield { table: keypoints, values: { ...annotation(points), template_id, coords, states } };
    }
    const parent_ref = entity.parentId === '' ? { name: '', id: '' } : { name: entities, id: entity.parentId };
    const refs = { view_ref: { name: entity.view.name, id: entity.view.id }, parent_ref };
    const attributes = this.#entityColumns.valuesOf(entity.attributes, where);
    yield { table: entities, values: { id: entity.id, ...common, ...refs, ...attributes } };
  }
}

function sourceId({ type, name }: IdentifiedEntity['boxes'][number]['source']): string {
  return derivedId('source', type, name);
}
