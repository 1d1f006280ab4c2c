import { ValidationError } from '../errors.ts';
import { ColumnSurvey, type SurveyedColumn } from './column-survey.ts';
import { type IdentifiedItem, ItemIds } from './identified-item.ts';
import type { SourceFolder } from './source-folder.ts';
import type { SourceItem } from './source-item.ts';
import { sourceItems } from './source-items.ts';

export const MARKS = ['entities', 'boxes', 'masks', 'keypoints'] as const;
export type Mark = (typeof MARKS)[number];

/** What a source needs of a dataset, before a single picture is read. */
export interface SourceSurvey {
  /** Items, those that are to be left out included. */
  readonly total: number;
  readonly itemColumns: readonly SurveyedColumn[];
  readonly entityColumns: readonly SurveyedColumn[];
  /** The views' names, each with the first place that has it. */
  readonly views: ReadonlyMap<string, string>;
  /** What is marked in the pictures, each with the first place that marks so. */
  readonly marks: ReadonlyMap<Mark, string>;
}

/**
 * Reads all that the source says, so that a wrong line is known before anything is written.
 * @throws ValidationError where there is no picture, or a line is not as Pixano writes it
 */
export async function surveySource(source: SourceFolder, signal: AbortSignal | undefined): Promise<SourceSurvey> {
  let total = 0;
  const itemColumns = new ColumnSurvey();
  const entityColumns = new ColumnSurvey();
  const views = new Map<string, string>();
  const marks = new Map<Mark, string>();
  const ids = new ItemIds(source.name);
  const givenIds = new GivenIds();
  const note = <Key>(places: Map<Key, string>, key: Key, where: string) => places.has(key) || places.set(key, where);
  for await (const found of sourceItems(source)) {
    signal?.throwIfAborted();
    total += 1;
    if ('failure' in found) continue;
    const item = ids.identify(found.item);
    const { where } = item;
    givenIds.add(found.item);
    itemColumns.add(item.attributes, where);
    for (const view of item.views) note(views, view.name, where);
    for (const entity of item.entities) entityColumns.add(entity.attributes, where);
    for (const mark of MARKS) if (has(item, mark)) note(marks, mark, where);
  }
  if (total === 0) {
    throw ValidationError.at(
      'source',
      `There is no picture in ${source.path}: name a folder of pictures, with a folder for each split where there are several.`,
    );
  }
  return { total, itemColumns: itemColumns.columns(), entityColumns: entityColumns.columns(), views, marks };
}

function has({ entities }: IdentifiedItem, mark: Mark): boolean {
  return mark === 'entities' ? entities.length > 0 : entities.some((entity) => entity[mark].length > 0);
}

/** Ids that the metadata give: of two rows with one id, only the first would go in. */
class GivenIds {
  readonly #places = new Map<string, string>();

  /** @throws ValidationError */
  add(item: SourceItem): void {
    this.#check('item', item.id, item.where);
    for (const { id, boxes, masks, keypoints } of item.entities) {
      this.#check('entity', id, item.where);
      for (const box of boxes) this.#check('bbox', box.id, item.where);
      for (const mask of masks) this.#check('mask', mask.id, item.where);
      for (const points of keypoints) this.#check('keypoints', points.id, item.where);
    }
  }

  #check(kind: string, id: string | null, where: string): void {
    if (id === null) return;
    if (!/^\S+$/.test(id)) {
      throw ValidationError.at('metadata', `${where}: "${id}" cannot be an id: Pixano takes none with spaces.`);
    }
    const key = `${kind} ${id}`;
    const before = this.#places.get(key);
    if (before !== undefined) {
      throw ValidationError.at('metadata', `${where}: the id "${id}" is that of another ${kind}, in ${before}.`);
    }
    this.#places.set(key, where);
  }
}
