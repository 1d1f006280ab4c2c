import { z } from 'zod';
import { ValidationError } from '../errors.ts';

/** What Pixano's own validators ask of annotations: rows that break a rule cannot be opened by it any more. */

export const number = z.preprocess((value) => (typeof value === 'bigint' ? Number(value) : value), z.number());
const positive = number.refine((value) => value >= 0, 'must not be negative');

export const boxFormat = z.enum(['xywh', 'xyxy']);
export const boxCoords = z.array(positive).length(4, 'must have four coordinates');
export const confidence = number.refine((value) => (value >= 0 && value <= 1) || value === -1, 'must be from 0 to 1');

export const maskRuns = z.strictObject({
  size: z.array(number.refine((side) => Number.isInteger(side) && side > 0, 'must be a height and a width')).length(2),
  counts: z.string(),
});

export const keypointFields = {
  template_id: z.string(),
  coords: z.array(positive),
  states: z.array(z.enum(['visible', 'invisible', 'hidden'])),
};

/** @throws ValidationError where normalised coordinates lie outside the picture */
export function checkBox(box: { coords: readonly number[]; isNormalized: boolean }, where: string): void {
  if (!box.isNormalized || box.coords.every((coordinate) => coordinate <= 1)) return;
  throw ValidationError.at('metadata', `${where}: the coordinates of a normalised box must be from 0 to 1.`);
}

/** @throws ValidationError where there is not one state a point */
export function checkKeypoints(points: { coords: readonly number[]; states: readonly string[] }, where: string): void {
  if (points.coords.length === 2 * points.states.length) return;
  throw ValidationError.at('metadata', `${where}: keypoints must have two coordinates for each of their states.`);
}

/**
 * A value in the shape that `schema` gives.
 * @throws ValidationError that names the place: `where`, and the way to it within the line
 */
export function shaped<Output>(schema: z.ZodType<Output>, value: unknown, where: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.length ? `"${issue.path.join('.')}": ` : '';
  const message = (issue?.message ?? 'it is not as Pixano writes it').replace('bigint', 'whole number');
  throw ValidationError.at('metadata', `${where}: ${path}${message}.`);
}
