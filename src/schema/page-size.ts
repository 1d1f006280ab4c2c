import { ValidationError } from '../core/errors.ts';
import type { SchemaContext } from './context.ts';

/** Nodes of a page where an operation does not say how many. */
export const DEFAULT_PAGE = 50;
/** Nodes that one page may have where the service is not set otherwise. */
export const LARGEST_PAGE = 500;

/** What may be asked for, as descriptions say it. */
export const PAGE_SIZES = `from 0 to ${LARGEST_PAGE} or what the service is set to`;

export type PageLimit = Pick<SchemaContext, 'largestPage'>;

/** @throws ValidationError where it is out of range: never a quiet cut */
export function pageSizeOf(
  argument: string,
  given: number | null | undefined,
  { largestPage = LARGEST_PAGE }: PageLimit,
): number {
  const size = given ?? DEFAULT_PAGE;
  if (size >= 0 && size <= largestPage) return size;
  throw ValidationError.at(argument, `"${argument}" must be between 0 and ${largestPage}, not ${size}.`);
}
