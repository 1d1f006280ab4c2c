import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { MAIN } from './run.ts';

test.skipIf(!existsSync('/dev/full'))(
  'an output that cannot be written is said in one line, and ends with 1',
  async () => {
    await using full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [MAIN, 'plugins'], { stdio: ['ignore', full.fd, 'pipe'] });
    const [said, [code]] = await Promise.all([text(child.stderr ?? Readable.from([])), once(child, 'close')]);
    expect(said).toMatch(/^viewfinder: The output cannot be written: ENOSPC[^\n]+\n$/);
    expect(code).toBe(1);
  },
);
