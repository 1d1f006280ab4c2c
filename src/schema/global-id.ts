import { NotFoundError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';

/** An id that is unique among all nodes; clients take it as it is and never look into it. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}

/** Both are "" where it is no id that we could have given. */
export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const text = Buffer.from(globalId, 'base64url').toString();
  const colon = text.indexOf(':');
  return colon < 1 ? { typename: '', id: '' } : { typename: text.slice(0, colon), id: text.slice(colon + 1) };
}

/** The id behind a global id; null where that is not one of that type. */
export function idOrNull(typename: string, globalId: string): string | null {
  const decoded = decodeGlobalId(globalId);
  return decoded.typename === typename ? decoded.id : null;
}

/** The id behind a global id that must be one of that type. @throws NotFoundError */
export function idOf(typename: string, globalId: string): string {
  const decoded = decodeGlobalId(globalId);
  if (decoded.typename === typename) return decoded.id;
  const what =
    decoded.typename === '' ? 'is not an id of this service' : `is the id of ${article(shown(decoded.typename))}`;
  throw new NotFoundError(`"${shown(globalId)}" ${what}, where the id of ${article(typename)} was expected.`);
}

/** Parts of a node's id: folder and table names have no "/". What an id of garbage lacks is "". */
export function splitId(id: string, parts: 2): [string, string];
export function splitId(id: string, parts: 3): [string, string, string];
export function splitId(id: string, parts: number): string[] {
  const steps = id.split('/');
  const first = Array.from({ length: parts - 1 }, (_, index) => steps[index] ?? '');
  return [...first, steps.slice(parts - 1).join('/')];
}

function article(typename: string): string {
  return `${/^[AEIOU]/.test(typename) ? 'an' : 'a'} ${typename}`;
}
