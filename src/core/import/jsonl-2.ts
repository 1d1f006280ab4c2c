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

/** Pixano 0.8's own dialect, `jsonl/2`: strict, so that a misspelt key is a sentence and not a loss. */

const source = z.strictObject({
  type: z.enum(['model', 'human', 'ground_truth', 'other']).default('ground_truth'),
  name: z.string().default('import'),
});

const header = z.strictObject({
  $pixano: z.literal('jsonl/2'),
  defaults: z
    .strictObject({
      bbox: z.strictObject({ format: boxFormat.nullish(), is_normalized: z.boolean().nullish() }).optional(),
      source: source.optional(),
    })
    .optional(),
});

const noFrames = z.null('frames of a video are not taken').optional();
const annotation = {
  id: z.string().nullish(),
  view: z.string().nullish(),
  source: source.nullish(),
  frame_index: noFrames,
  attrs: z.strictObject({}, 'annotations with attributes of their own are not taken').optional(),
};
const kinds = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      ...annotation,
      kind: z.literal('bbox'),
      coords: boxCoords,
      format: boxFormat.nullish(),
      is_normalized: z.boolean().nullish(),
      confidence: confidence.default(1),
    }),
    z.strictObject({
      ...annotation,
      kind: z.literal('mask'),
      rle: maskRuns.optional(),
      polygons: z.undefined('masks are taken as "rle", not as polygons').optional(),
    }),
    z.strictObject({ ...annotation, kind: z.literal('keypoints'), ...keypointFields }),
  ],
  'only bbox, mask and keypoints annotations are taken',
);

const attributes = z.record(z.string(), z.unknown()).default({});
const nothing = (what: string) => z.array(z.unknown()).max(0, `${what} are not taken`).optional();
const picture = z.union(
  [z.string(), z.strictObject({ uri: z.string(), width: z.unknown().optional(), height: z.unknown().optional() })],
  'must be the path of a picture: other media are not taken',
);
const line = z.strictObject({
  id: z.string().nullish(),
  split: z.string().nullish(),
  attrs: attributes,
  views: z.record(z.string(), picture),
  entities: z
    .array(
      z.strictObject({
        id: z.string().nullish(),
        parent_id: z.string().nullish(),
        attrs: attributes,
        annotations: z.array(kinds).default([]),
        tracklets: nothing('tracklets'),
        states: nothing('states'),
      }),
    )
    .default([]),
  conversations: nothing('conversations'),
  annotation_files: nothing('files of annotations'),
});

/** What a file's first line may set for the lines after it. */
export interface LineDefaults {
  readonly format: 'xywh' | 'xyxy' | null;
  readonly isNormalized: boolean | null;
  readonly source: AnnotationSource;
}

export const NO_DEFAULTS: LineDefaults = {
  format: null,
  isNormalized: null,
  source: { type: 'ground_truth', name: 'import' },
};

/** @throws ValidationError */
export function readHeader(value: unknown, where: string): LineDefaults {
  const { defaults } = shaped(header, value, where);
  return {
    format: defaults?.bbox?.format ?? NO_DEFAULTS.format,
    isNormalized: defaults?.bbox?.is_normalized ?? NO_DEFAULTS.isNormalized,
    source: defaults?.source ?? NO_DEFAULTS.source,
  };
}

/** @throws ValidationError */
export function readJsonl2Line(value: unknown, defaults: LineDefaults, where: string): MetadataLine {
  const { id, split, attrs, views, entities } = shaped(line, value, where);
  return {
    id: id ?? null,
    split: split ?? null,
    attributes: readAttributes(Object.entries(attrs), where),
    views: Object.entries(views).map(([name, picture]) => ({
      name,
      address: typeof picture === 'string' ? picture : picture.uri,
    })),
    entities: entities.map((entity) => entityOf(entity, defaults, where)),
  };
}

function entityOf(
  { id, parent_id, attrs, annotations }: z.output<typeof line>['entities'][number],
  defaults: LineDefaults,
  where: string,
): SourceEntity {
  const entity = { boxes: [], masks: [], keypoints: [] } as {
    [Kind in 'boxes' | 'masks' | 'keypoints']: SourceEntity[Kind][number][];
  };
  for (const annotation of annotations) {
    const common = {
      id: annotation.id ?? null,
      view: annotation.view ?? null,
      source: annotation.source ?? defaults.source,
    };
    if (annotation.kind === 'bbox') {
      const { coords, confidence } = annotation;
      const box = { ...common, coords, confidence, ...formatOf(annotation, defaults, where) };
      checkBox(box, where);
      entity.boxes.push(box);
    } else if (annotation.kind === 'mask') {
      if (annotation.rle === undefined) throw ValidationError.at('metadata', `${where}: a mask has no "rle".`);
      entity.masks.push({ ...common, ...annotation.rle });
    } else {
      const { template_id: templateId, coords, states } = annotation;
      checkKeypoints({ coords, states }, where);
      entity.keypoints.push({ ...common, templateId, coords, states });
    }
  }
  const attributes = readAttributes(Object.entries(attrs), where);
  return { id: id ?? null, parentId: parent_id ?? null, attributes, ...entity };
}

/** Pixano guesses neither from the coordinates. */
function formatOf(
  box: { format?: LineDefaults['format'] | undefined; is_normalized?: boolean | null | undefined },
  defaults: LineDefaults,
  where: string,
) {
  const format = box.format ?? defaults.format;
  const isNormalized = box.is_normalized ?? defaults.isNormalized;
  if (format !== null && isNormalized !== null) return { format, isNormalized };
  throw ValidationError.at(
    'metadata',
    `${where}: a bbox needs "format" and "is_normalized", here or in the defaults of the file's first line.`,
  );
}
