import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { run, start } from './run.ts';
import { type SlowLibrary, slowLibrary } from './slow-library.ts';

const VIEWS = 600;
const KILLS = 10;
/** Rows of one commit, and of the two batches of eight that may be under way beside it. */
const ONE_BATCH = 64 + 2 * 8;
/** Vectors that are computed anew before a table is extended, to see that it is the same model. */
const CHECKED = 4;

let library: SlowLibrary;
afterEach(() => library[Symbol.asyncDispose]());

test('embed that is killed ten times embeds every view once, and redoes at most a batch each time', async () => {
  library = await slowLibrary(VIEWS, 30);
  let reported = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const before = (await library.embeddedUntilNow()).length;
    const storedBefore = kill === 0 ? 0 : (await library.rows()).length;
    const command = start([...library.embed, '--json']);
    const first = JSON.parse(await command.line());
    expect(first).toMatchObject({ total: VIEWS, failed: 0 });
    await delay(Math.random() * 300);
    command.process.kill('SIGKILL');
    const { code, stdout } = await command.outcome;
    expect(code).toBeNull();
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
    expect(last.embedded + last.skipped + last.failed).toBeLessThanOrEqual(VIEWS);

    const stored = await library.rows();
    // Nothing that was told is lost, from one run to the next either.
    expect(stored.length).toBeGreaterThanOrEqual(last.embedded + last.skipped);
    expect(stored.length).toBeGreaterThanOrEqual(reported);
    expect(new Set(stored).size).toBe(stored.length);
    reported = last.embedded + last.skipped;
    const done = (await library.embeddedUntilNow()).length - before;
    expect(done - (stored.length - storedBefore)).toBeLessThanOrEqual(ONE_BATCH + CHECKED);
  }
  const storedBefore = (await library.rows()).length;
  const { code, stdout } = await run([...library.embed, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    state: 'SUCCEEDED',
    total: VIEWS,
    skipped: storedBefore,
    embedded: VIEWS - storedBefore,
    failed: 0,
  });
  const rows = await library.rows();
  expect([rows.length, new Set(rows).size]).toEqual([VIEWS, VIEWS]);
  const calls = await library.embeddedUntilNow();
  expect(calls.length - VIEWS).toBeLessThanOrEqual(KILLS * (ONE_BATCH + CHECKED) + CHECKED);

  await using jobs = library.openJobs();
  expect(jobs.count({ states: ['INTERRUPTED'] })).toBe(KILLS);
  expect(jobs.count()).toBe(KILLS + 1);
}, 120_000);
