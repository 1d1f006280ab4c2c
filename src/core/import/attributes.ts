import { ValidationError } from '../errors.ts';
import type { Attributes, AttributeValue, Scalar } from './source-item.ts';

/**
 * The attributes that an object of the metadata states; those that are null are not stated.
 * @throws ValidationError where a value is none that a column could hold
 */
export function readAttributes(entries: Iterable<[string, unknown]>, where: string): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of entries) {
    if (value === null) continue;
    if (!isAttributeValue(value)) {
      throw ValidationError.at(
        'metadata',
        `${where}: the attribute "${name}" must be a string, a number of at most 64 bits, true or false, or a list of these.`,
      );
    }
    attributes.set(name, value);
  }
  return attributes;
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

/** Whole numbers are those that a column of 64 bits holds. */
function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value;
  return ['string', 'number', 'boolean'].includes(typeof value);
}
