import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { describe, expect, test } from 'vitest';
import { ProgressLine } from '../../src/cli/progress-line.ts';

/** What is written to a terminal of that width, drawing by drawing. */
function drawn(columns: number, draw: (line: ProgressLine) => void, isTTY = true): string[] {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns });
  draw(new ProgressLine(stream as unknown as WriteStream));
  return String(stream.read() ?? '')
    .split('\r\x1b[K')
    .slice(1);
}

describe('a progress line', () => {
  test('shows a bar, how much is done, and what is noted', () => {
    expect(drawn(80, (line) => line.draw(300, 1200, ['2 failed', '', '9 s left']))).toEqual([
      '██████░░░░░░░░░░░░░░░░░░  25%   300/1200  2 failed  9 s left',
    ]);
  });

  test.each([20, 30, 40, 60])('fits in %d columns', (columns) => {
    const [line = ''] = drawn(columns, (bar) => bar.draw(300, 1200, ['120/s', '9 s left']));
    expect(line.length).toBeLessThan(columns);
    expect(line).toContain('300/1200');
  });

  test('is full where there is nothing to do, and where a terminal does not know its width', () => {
    expect(drawn(0, (line) => line.draw(0, 0, []))).toEqual([`${'█'.repeat(24)} 100%  0/0`]);
  });

  test('gives way to lines that stay', () => {
    const say = (line: ProgressLine) => {
      line.draw(1, 2, []);
      line.say('one failed');
      line.draw(2, 2, []);
    };
    expect(drawn(80, say)).toEqual([expect.stringContaining(' 50%'), 'one failed\n', expect.stringContaining('100%')]);
  });

  test('is not drawn where there is no terminal', () => {
    expect(drawn(80, (line) => line.draw(1, 2, []), false)).toEqual([]);
  });
});
