/**
 * The suite that every plugin passes, the built-in ones too. It needs no test runner of its own: each test is
 * a name and a function that rejects with an AssertionError.
 *
 *   import { test } from 'node:test'; // or vitest
 *   import { conformanceTests } from 'viewfinder/plugin-testing';
 *
 *   const module = new URL('./index.js', import.meta.url);
 *   for (const { name, timeout, run } of await conformanceTests({ module })) test(name, { timeout }, run);
 */
import { callTests } from './call-tests.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { loadingTests } from './loading-tests.ts';
import { memoryTest } from './memory-test.ts';
import { type ConformanceSubject, openSubject } from './subject.ts';
import { vectorTests } from './vector-tests.ts';

export type { ConformanceSubject } from './subject.ts';

export interface ConformanceTest extends ConformanceCase {
  /** Milliseconds. */
  readonly timeout: number;
}

/** @throws Error where the module is no plugin, or refuses the options */
export async function conformanceTests(subject: ConformanceSubject): Promise<ConformanceTest[]> {
  const { timeout = 60_000, rounds = 100 } = subject;
  const trial = await openSubject(subject);
  const cases = [...loadingTests(trial, subject), ...vectorTests(trial, subject), ...callTests(trial)];
  return [...cases.map((each) => ({ ...each, timeout })), { ...memoryTest(trial, rounds), timeout: timeout * 10 }];
}
