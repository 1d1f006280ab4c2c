import { circle, line, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const bicycle: Figure = {
  in: 'ground',
  draw: (paint) => {
    const wheel = (x: number): string =>
      circle(x, -24, 22, 'none', `stroke="${paint.tone('#2a2b30')}" stroke-width="4"`) +
      circle(x, -24, 17.5, 'none', `stroke="${paint.main}" stroke-width="5.5"`) +
      path(
        `M${x - 15} -24h30M${x} -39v30M${x - 11} -35l22 22M${x - 11} -13l22 -22`,
        'none',
        `stroke="${paint.tone('#d5d8dd')}" stroke-width="0.9"`,
      ) +
      circle(x, -24, 3.5, paint.dark);
    return [
      wheel(-34),
      wheel(34),
      line('M-34 -24L-14 -58L22 -60L-2 -24ZM-18 -66L-2 -24M34 -24L19 -74', paint.edge, 8.5, 'stroke-linejoin="round"'),
      line('M-34 -24L-14 -58L22 -60L-2 -24ZM-18 -66L-2 -24M34 -24L19 -74', paint.main, 6.5, 'stroke-linejoin="round"'),
      line('M-29 -70H-8', paint.tone('#3a2a22'), 7),
      line('M19 -76L30 -80', paint.tone('#3a3b40'), 4.5),
      path('M22 -74H46L42 -54H26Z', paint.light, `stroke="${paint.edge}" stroke-width="1.5"`),
      circle(-2, -24, 5, paint.tone('#6d7078')),
    ].join('');
  },
};
