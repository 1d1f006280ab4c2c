import { z } from 'zod';
import { ValidationError } from '../errors.ts';
import {
  boxCoords,
  boxFormat,
  checkBox,
  checkKeypoints,
  confidence,
  keypointFields,
  maskRuns,
  shaped,
} from './annotation-shapes.ts';
import { readAttributes } from './attributes.ts';
import type { AnnotationSource, MetadataLine, SourceEntity } from './source-item.ts';

/**
 * The dialects of Pixano 0.6 and 0.7, which differ in how they write entities:
 *
 * - 0.6: `"objects": {"category": ["cat", "dog"], "bboxes": [[…], […]]}`, one list an attribute
 * - 0.7: `"entities": [{"category": "cat", "annotations": {"image": {"bbox": […]}}}]`, one object an entity
 *
 * All other keys of a line are attributes of its item.
 */

/** What Pixano notes for annotations that such a file gives. */
const BUILDER: AnnotationSource = { type: 'other', name: 'Builder' };

const KINDS: ReadonlyMap<string, 'boxes' | 'masks' | 'keypoints'> = new Map([
  ['bbox', 'boxes'],
  ['bboxes', 'boxes'],
  ['mask', 'masks'],
  ['masks', 'masks'],
  ['keypoint', 'keypoints'],
  ['keypoints', 'keypoints'],
]);
const ENTITY_KEYS = ['objects', 'object', 'entities'];
const NOT_TAKEN = ['conversations', 'conversation', 'messages', 'annotation_files', 'fps', ...KINDS.keys()];

const object = z.record(z.string(), z.unknown());
const picture = z.union(
  [
    z.string(),
    z.tuple([z.string()]).transform(([only]) => only),
    z.strictObject({ path: z.string() }).transform(({ path }) => path),
    z.strictObject({ uri: z.string() }).transform(({ uri }) => uri),
  ],
  'must be the path of one picture: other media are not taken',
);
const line = z.looseObject({
  id: z.string().nullish(),
  split: z.string().nullish(),
  image: picture.nullish(),
  views: z.record(z.string(), picture).nullish(),
});

const boxObject = z.strictObject({
  coords: boxCoords,
  format: boxFormat,
  is_normalized: z.boolean(),
  confidence: confidence.default(-1),
});
const keypointsObject = z.strictObject(keypointFields);

/** @throws ValidationError */
export function readJsonl1Line(value: unknown, where: string): MetadataLine {
  const { id, split, image, views: named, ...rest } = shaped(line, value, where);
  const views = Object.entries(named ?? (image ? { image } : {}));
  const entries = Object.entries(rest);
  for (const [key, value] of entries) {
    if (NOT_TAKEN.includes(key) && value !== null) throw notTaken(key, where);
  }
  const isEntities = ([key]: [string, unknown]) => ENTITY_KEYS.includes(key);
  return {
    id: id ?? null,
    split: split ?? null,
    attributes: readAttributes(
      entries.filter((entry) => !isEntities(entry)),
      where,
    ),
    views: views.map(([name, address]) => ({ name, address })),
    entities: entries.filter(isEntities).flatMap(([key, value]) => entitiesOf(value, `${where}: "${key}"`)),
  };
}

function entitiesOf(value: unknown, where: string): SourceEntity[] {
  if (value === null) return [];
  const entities = Array.isArray(value)
    ? shaped(z.array(object), value, where)
    : entitiesOfColumns(shaped(object, value, where), where);
  return entities.map((entity) => entityOf(entity, where));
}

/** One object an entity out of one list an attribute. */
function entitiesOfColumns(columns: Record<string, unknown>, where: string): Record<string, unknown>[] {
  const lists = Object.entries(columns)
    .filter(([, value]) => value !== null)
    .map(([name, value]): [string, unknown[]] => [name, Array.isArray(value) ? value : [value]]);
  const [first, ...others] = lists;
  if (first === undefined) return [];
  const odd = others.find(([, list]) => list.length !== first[1].length);
  if (odd !== undefined) {
    throw ValidationError.at(
      'metadata',
      `${where}: its lists must have one value an object, and "${first[0]}" has ${first[1].length}, "${odd[0]}" ${odd[1].length}.`,
    );
  }
  return first[1].map((_, index) => Object.fromEntries(lists.map(([name, list]) => [name, list[index]])));
}

function entityOf({ annotations, ...own }: Record<string, unknown>, where: string): SourceEntity {
  const entries = Object.entries(own);
  const groups: [view: string | null, annotations: [string, unknown][]][] = [
    [null, entries.filter(([key]) => KINDS.has(key))],
    ...Object.entries(shaped(z.record(z.string(), object.nullable()).nullish(), annotations, where) ?? {}).map(
      ([view, group]): [string, [string, unknown][]] => [view, Object.entries(group ?? {})],
    ),
  ];
  const all = groups.flatMap(([view, group]) =>
    group.flatMap(([key, value]) => {
      const kind = KINDS.get(key);
      if (kind === undefined) throw notTaken(key, where);
      return severalOf(value).map((each) => ({ kind, view, value: each }));
    }),
  );
  const ofKind = (kind: string) => all.filter((each) => each.kind === kind);
  return {
    id: null,
    parentId: null,
    attributes: readAttributes(
      entries.filter(([key]) => !KINDS.has(key)),
      where,
    ),
    boxes: ofKind('boxes').map(({ view, value }) => ({ ...annotationOn(view), ...boxOf(value, where) })),
    masks: ofKind('masks').map(({ view, value }) => ({ ...annotationOn(view), ...shaped(maskRuns, value, where) })),
    keypoints: ofKind('keypoints').map(({ view, value }) => ({ ...annotationOn(view), ...keypointsOf(value, where) })),
  };
}

function annotationOn(view: string | null) {
  return { id: null, view, source: BUILDER };
}

/** An entity has one annotation of a kind, or a list of them: a list of numbers is one box. */
function severalOf(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) && value.every((each) => typeof each === 'object' && each !== null) ? value : [value];
}

function boxOf(value: unknown, where: string) {
  if (Array.isArray(value)) {
    const coords = shaped(boxCoords, value, where);
    // As Pixano's builders take a bare list.
    const isNormalized = coords.every((coordinate) => coordinate <= 1);
    return { coords, format: 'xywh' as const, isNormalized, confidence: 1 };
  }
  const { is_normalized: isNormalized, ...box } = shaped(boxObject, value, where);
  checkBox({ ...box, isNormalized }, where);
  return { ...box, isNormalized };
}

function keypointsOf(value: unknown, where: string) {
  const { template_id: templateId, coords, states } = shaped(keypointsObject, value, where);
  checkKeypoints({ coords, states }, where);
  return { templateId, coords, states };
}

function notTaken(key: string, where: string): ValidationError {
  const how = KINDS.has(key) ? 'it belongs into an object of "objects"' : 'it is not taken';
  return ValidationError.at('metadata', `${where}: "${key}" cannot be an attribute: ${how}.`);
}
