import { hash } from 'node:crypto';
import { z } from 'zod';
import { ValidationError } from '../errors.ts';
import { shown } from '../shown.ts';
import type { Ranked } from './ranking.ts';

/** A place in the answer to one search, which stays where it is though rows are added before or behind it. */
export interface Position {
  readonly distance: number;
  readonly key: string;
  /** From 1. */
  readonly rank: number;
}

/** Hits beyond this place are not paged to: a search is for what is near. */
export const DEEPEST = 10_000;

/** How far the same hit may be from where it was: the same text can get a vector that is a little different. */
const TOLERANCE = 1e-5;

const shape = z.tuple([z.string(), z.int().min(1), z.number(), z.string()]);

/** Another text for each search; only cursors of the same search go together. */
export function searchDigest(search: unknown): string {
  return hash('sha256', JSON.stringify(search), 'base64url').slice(0, 16);
}

export function cursorAt({ distance, key, rank }: Position, digest: string): string {
  return Buffer.from(JSON.stringify([digest, rank, distance, key])).toString('base64url');
}

/** @throws ValidationError */
export function positionOf(cursor: string, digest: string): Position {
  const parsed = shape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success) throw ValidationError.at('after', `"${shown(cursor)}" is not a cursor of this list.`);
  const [of, rank, distance, key] = parsed.data;
  if (of === digest) return { rank, distance, key };
  throw ValidationError.at(
    'after',
    `The cursor "${shown(cursor)}" is one of another search: give it with the very input that it came with.`,
  );
}

/** @throws ValidationError where a page would go beyond the deepest hit */
export function checkDepth(after: Position | number, limit: number, path: 'after' | 'offset'): void {
  const rank = typeof after === 'number' ? after : after.rank;
  if (rank + limit <= DEEPEST) return;
  throw ValidationError.at(
    path,
    `A search is paged to its first ${DEEPEST} hits, and no deeper: ask for at most ${Math.max(0, DEEPEST - rank)} more, or make the search narrower.`,
  );
}

/** Where in a ranking to go on. */
export function startOf(ranked: readonly Ranked[], after: Position | number): number {
  if (typeof after === 'number') return after;
  const { key, distance } = after;
  const same = ranked.findIndex((each) => each.key === key);
  const now = ranked[same]?.distance ?? Number.NaN;
  if (Math.abs(now - distance) <= TOLERANCE * Math.max(1, Math.abs(distance))) return same + 1;
  const next = ranked.findIndex((each) => each.distance > distance || (each.distance === distance && each.key > key));
  return next < 0 ? ranked.length : next;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
