import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningCommand, run, start } from './run.ts';
import { type SlowLibrary, slowLibrary } from './slow-library.ts';

const VIEWS = 100;

let library: SlowLibrary;
beforeEach(async () => {
  library = await slowLibrary(VIEWS, 400);
});
afterEach(() => library[Symbol.asyncDispose]());

/** One that is at work, and another that has come too late. */
async function startBoth(): Promise<{ working: RunningCommand; attached: RunningCommand }> {
  const working = start([...library.embed, '--json']);
  await working.line();
  const attached = start([...library.embed, '--json']);
  await attached.line();
  return { working, attached };
}

function last({ stdout }: { stdout: string }): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

describe('embed, told twice at once,', () => {
  test('does the work once: one works, the other shows it, and both end with 0', async () => {
    const both = await Promise.all([run([...library.embed, '--json']), run([...library.embed, '--json'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const attached = both.filter(({ stderr }) => stderr.includes('another process is at work on emb'));
    expect(attached).toHaveLength(1);
    for (const outcome of both)
      expect(last(outcome)).toMatchObject({ state: 'SUCCEEDED', embedded: VIEWS, skipped: 0 });
    // A few are embedded again, alone, to see that a batch comes back in order.
    const embedded = (await library.embeddedUntilNow()).length;
    expect(embedded).toBeGreaterThanOrEqual(VIEWS);
    expect(embedded).toBeLessThan(VIEWS + 10);
    const rows = await library.rows();
    expect([rows.length, new Set(rows).size]).toEqual([VIEWS, VIEWS]);
    await using jobs = library.openJobs();
    expect(jobs.count()).toBe(1);
  });

  test('lets go of the other one by Ctrl-C, and the work goes on', async () => {
    const { working, attached } = await startBoth();
    attached.process.kill('SIGINT');
    const { code, stderr, stdout } = await attached.outcome;
    expect(code).toBe(130);
    expect(stderr).toContain('the job goes on in its process');
    expect(last({ stdout })).toMatchObject({ state: 'RUNNING', failures: [] });
    const outcome = await working.outcome;
    expect([outcome.code, last(outcome)]).toMatchObject([0, { state: 'SUCCEEDED', embedded: VIEWS }]);
  });

  test('goes on in the other process where the first is killed', async () => {
    const { working, attached } = await startBoth();
    working.process.kill('SIGKILL');
    const outcome = await attached.outcome;
    expect([outcome.code, last(outcome)]).toMatchObject([0, { state: 'SUCCEEDED', total: VIEWS, failed: 0 }]);
    const rows = await library.rows();
    expect([rows.length, new Set(rows).size]).toEqual([VIEWS, VIEWS]);
  });

  test('for more than the first was told does the rest as well', async () => {
    const working = start([...library.embed, '--json', '--limit', '30']);
    await working.line();
    const attached = await run([...library.embed, '--json']);
    expect((await working.outcome).code).toBe(0);
    expect([attached.code, last(attached)]).toMatchObject([0, { embedded: VIEWS - 30, skipped: 30, total: VIEWS }]);
  });
});

test('embed whose job is cancelled elsewhere ends soon, and a second one finishes', async () => {
  const command = start([...library.embed, '--json']);
  await command.line();
  await delay(1000);
  await using jobs = library.openJobs();
  const [job] = jobs.list({ first: 1 });
  const asked = performance.now();
  jobs.cancel(job?.id ?? '');
  const { code, stdout } = await command.outcome;
  expect(code).toBe(130);
  // A second is room for a machine that has other things to do.
  expect(performance.now() - asked).toBeLessThan(3000);
  const cancelled = last({ stdout });
  expect(cancelled).toMatchObject({ state: 'CANCELLED', total: VIEWS, failed: 0 });
  const stored = await library.rows();
  expect(stored).toHaveLength(Number(cancelled.embedded));
  const again = await run([...library.embed, '--json']);
  expect([again.code, last(again)]).toMatchObject([
    0,
    { state: 'SUCCEEDED', skipped: stored.length, embedded: VIEWS - stored.length },
  ]);
});
