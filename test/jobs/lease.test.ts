import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isDead, newOwner } from '../../src/jobs/lease.ts';

/** An owner like this process, but for what is given. */
function ownerLike(change: object): string {
  return JSON.stringify({ ...JSON.parse(newOwner()), ...change });
}

const later = Date.now() + 60_000;

describe('the owner of a job', () => {
  test('is told apart from every other, of the same process too', () => {
    expect(newOwner()).not.toBe(newOwner());
  });

  test('lives as long as its process, and no longer', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const owner = ownerLike({ pid: child.pid });
    expect(isDead(owner, later)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isDead(owner, later)).toBe(true);
  });

  test('is dead when its lease has run out, though its process is there', () => {
    expect(isDead(newOwner(), Date.now() - 1)).toBe(true);
  });

  test.each([{ host: 'another' }, { pidNamespace: 'pid:[1]' }])('elsewhere lives until then: %o', (where) => {
    expect(isDead(ownerLike({ ...where, pid: 2 ** 30 }), later)).toBe(false);
    expect(isDead(ownerLike({ pid: 2 ** 30 }), later)).toBe(true);
  });
});
