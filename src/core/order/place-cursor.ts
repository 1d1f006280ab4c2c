import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Scalar } from '../scalar.ts';
import type { ItemOrder, Key, Place } from './item-order.ts';

const written = z.strictObject({
  by: z.array(z.tuple([z.string(), z.string()])),
  keys: z.array(z.string().nullable()),
  id: z.string(),
});

/** A place as a text that finds it again in the same order, whatever has been added or taken away since. */
export function writePlace(order: ItemOrder, place: Place): string {
  const keys = order.by.map((_, index) => place.key(index)).map((key) => (key === null ? null : String(key)));
  return Buffer.from(JSON.stringify({ by: namesOf(order), keys, id: place.id })).toString('base64url');
}

/** Null where the text is not one of this order. */
export function readPlace(order: ItemOrder, text: string): Place | null {
  const { success, data } = written.safeParse(parsed(Buffer.from(text, 'base64url').toString()));
  if (!success || !isDeepStrictEqual(data.by, namesOf(order))) return null;
  const keys = order.scalars.map((scalar, index) => keyOf(data.keys[index], scalar));
  if (data.keys.length !== keys.length || keys.includes(undefined)) return null;
  return { key: (index) => keys[index] ?? null, id: data.id };
}

/** Undefined where it is none of the column's. */
function keyOf(text: string | null | undefined, scalar: Scalar): Key | undefined {
  if (typeof text !== 'string' || scalar.kind === 'text') return text;
  if (scalar.kind === 'time' || (scalar.kind === 'int' && scalar.bits === 64)) {
    return /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
  }
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? undefined : number;
}

function namesOf(order: ItemOrder): [string, string][] {
  return order.by.map(({ column, direction }) => [column, direction]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
