import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const FILE = new URL('../../src/core/local-time.ts', import.meta.url).href;
const SCRIPT = `import { localTime } from ${JSON.stringify(FILE)}; process.stdout.write(localTime(new Date(process.argv[1])).toISOString());`;

test.each([
  ['America/New_York', '2026-01-15T12:00:00Z', '2026-01-15T07:00:00.000Z'],
  ['America/New_York', '2026-07-15T12:00:00Z', '2026-07-15T08:00:00.000Z'],
  ['Asia/Kolkata', '2026-01-15T20:00:00Z', '2026-01-16T01:30:00.000Z'],
  ['UTC', '2026-01-15T12:00:00Z', '2026-01-15T12:00:00.000Z'],
])('in %s, %s is stored with the digits of the clock on the wall', (TZ, moment, stored) => {
  expect(
    execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT, moment], { env: { TZ } }).toString(),
  ).toBe(stored);
});
