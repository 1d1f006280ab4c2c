import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { z } from 'zod';
import { FIXTURES } from './library.ts';

const GOLDEN = join(FIXTURES, 'golden');

/** A recording of test/fixtures/golden, parsed. */
export async function readGolden<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  return schema.parse(JSON.parse(await readFile(join(GOLDEN, path), 'utf8')));
}

/** The cases of a recording that test/fixtures/golden/README.md says no test is about, and why. */
export async function casesWithoutTest(path: string): Promise<string[]> {
  const readme = await readFile(join(GOLDEN, 'README.md'), 'utf8');
  const rows = readme.split('\n').filter((line) => line.startsWith(`| ${path} |`));
  return rows.flatMap((row) => Array.from(row.split('|')[2]?.matchAll(/`([^`]+)`/g) ?? [], ([, name = '']) => name));
}

/** Checks that every recorded case is one that a test is about, or one that README.md says none is about. */
export async function expectEveryCase(path: string, recorded: Iterable<string>, tested: Iterable<string>) {
  expect([...tested, ...(await casesWithoutTest(path))].sort()).toEqual([...recorded].sort());
}

/** Distances are single floats: they agree to the fifth digit behind the point. */
export function expectDistances(distances: readonly number[], recorded: readonly number[]): void {
  expect(distances).toHaveLength(recorded.length);
  for (const [index, distance] of distances.entries()) {
    expect(Math.abs(distance - (recorded[index] ?? Number.NaN))).toBeLessThan(1e-5);
  }
}
