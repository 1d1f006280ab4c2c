import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate, type Quality, type Score } from '../../models/demo-clip/evaluate.ts';
import published from '../../models/demo-clip/quality.json' with { type: 'json' };

const MODEL = join(import.meta.dirname, '..', '..', 'models', 'demo-clip');
const QUESTIONS = ['twoAttributes', 'threeAttributes', 'wording'] as const;

const share = ({ right, of }: Score): number => right / of;

describe('the shipped model, through the open-clip plugin', () => {
  let measured: Quality;
  beforeAll(async () => {
    measured = await evaluate();
  });

  test.each(QUESTIONS)('finds as much as its figures say: %s', (part) => {
    expect(measured[part].of).toBe(published[part].of);
    // Another processor may round a cosine otherwise, and so turn one near tie.
    expect(Math.abs(measured[part].right - published[part].right)).toBeLessThanOrEqual(1);
  });

  test('puts a right picture first for 95 % of held-out combinations', () => {
    expect(share(measured.twoAttributes)).toBeGreaterThanOrEqual(0.95);
    expect(share(measured.threeAttributes)).toBeGreaterThanOrEqual(0.95);
  });

  test('understands 90 % of the sentences whose wording was not in training', () => {
    expect(share(measured.wording)).toBeGreaterThanOrEqual(0.9);
  });

  test('is not confident about what it has never seen', () => {
    const { seen, unseen, cut } = measured.confidence;
    expect(unseen.p95).toBeLessThan(seen.p5);
    expect(cut.seenAbove).toBeGreaterThanOrEqual(0.95);
    expect(cut.unseenAbove).toBeLessThanOrEqual(0.05);
  });
});

test('its README quotes the figures', async () => {
  const readme = await readFile(join(MODEL, 'README.md'), 'utf8');
  for (const part of QUESTIONS) expect(readme).toContain(`${published[part].right} of ${published[part].of}`);
});

test('it is smaller than 8 MB in all', async () => {
  const files = await readdir(MODEL, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  const total = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
  expect(total).toBeLessThan(8_000_000);
});
