import { ValidationError } from '../errors.ts';
import { derivedId } from '../row-id.ts';
import type { Attributes, Box, Keypoints, Mask, SourceEntity, SourceItem, SourceView } from './source-item.ts';

/** A view, and the id of its row. */
export interface IdentifiedView extends SourceView {
  readonly id: string;
}

type Identified<Annotation extends Box | Mask | Keypoints> = Omit<Annotation, 'id' | 'view'> & {
  readonly id: string;
  readonly view: IdentifiedView;
};

export interface IdentifiedEntity {
  readonly id: string;
  readonly parentId: string;
  readonly attributes: Attributes;
  /** The view that it is first marked in; of an entity without a mark, the item's first. */
  readonly view: IdentifiedView;
  readonly boxes: readonly Identified<Box>[];
  readonly masks: readonly Identified<Mask>[];
  readonly keypoints: readonly Identified<Keypoints>[];
}

/** An item of a source with an id for each of its rows: the same whenever the same source is read. */
export interface IdentifiedItem {
  readonly where: string;
  readonly id: string;
  readonly split: string;
  readonly attributes: Attributes;
  readonly views: readonly IdentifiedView[];
  readonly entities: readonly IdentifiedEntity[];
}

/**
 * Gives ids to the items of one source. An item without an id of its own is known by the name of the
 * source and the addresses of its pictures, so that the source may be moved, and lines be added to it.
 */
export class ItemIds {
  readonly #source: string;
  readonly #seen = new Map<string, number>();

  /** @param source name of the source's folder */
  constructor(source: string) {
    this.#source = source;
  }

  /** @throws ValidationError where an annotation does not say which view it is drawn on */
  identify(item: SourceItem): IdentifiedItem {
    const id = item.id ?? this.#derived(item.views.map(({ address }) => address));
    const views = item.views.map((view) => ({ ...view, id: derivedId(id, 'view', view.name) }));
    const entities = item.entities.map((entity, index) => {
      return identifiedEntity(entity, entity.id ?? derivedId(id, 'entity', index), views, item.where);
    });
    const { where, split, attributes } = item;
    return { where, id, split, attributes, views, entities };
  }

  /** Pictures that several lines name are several items. */
  #derived(addresses: readonly string[]): string {
    const parts = [this.#source, ...addresses];
    const key = JSON.stringify(parts);
    const before = this.#seen.get(key) ?? 0;
    this.#seen.set(key, before + 1);
    return derivedId('item', ...parts, before);
  }
}

function identifiedEntity(
  entity: SourceEntity,
  id: string,
  views: readonly IdentifiedView[],
  where: string,
): IdentifiedEntity {
  const identified = <Each extends Box | Mask | Keypoints>(kind: string, annotations: readonly Each[]) =>
    annotations.map((annotation, index) => ({
      ...annotation,
      id: annotation.id ?? derivedId(id, kind, index),
      view: viewOf(annotation.view, views, where),
    }));
  const boxes = identified('bbox', entity.boxes);
  const masks = identified('mask', entity.masks);
  const keypoints = identified('keypoints', entity.keypoints);
  const view = [...boxes, ...masks, ...keypoints][0]?.view ?? firstOf(views, where);
  const { attributes, parentId } = entity;
  return { id, parentId: parentId ?? '', attributes, view, boxes, masks, keypoints };
}

function viewOf(name: string | null, views: readonly IdentifiedView[], where: string): IdentifiedView {
  if (name === null && views.length === 1) return firstOf(views, where);
  const view = views.find((each) => each.name === name);
  if (view !== undefined) return view;
  const names = views.map((each) => each.name).join(', ');
  const problem = name === null ? 'does not name its view' : `is drawn on a view "${name}"`;
  throw ValidationError.at('metadata', `${where}: an annotation ${problem}; the line has: ${names}.`);
}

function firstOf(views: readonly IdentifiedView[], where: string): IdentifiedView {
  const [first] = views;
  if (first !== undefined) return first;
  throw new TypeError(`${where} has no view`);
}
