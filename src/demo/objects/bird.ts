import { circle, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** Flies to the right, its wings up. */
export const bird: Figure = {
  in: 'air',
  draw: (paint) => {
    const outline = `stroke="${paint.edge}" stroke-width="1.5"`;
    return [
      path('M2 -44Q-2 -88 26 -100Q34 -70 20 -42Z', paint.dark, outline),
      path('M-30 -36L-60 -50L-52 -32L-60 -20Z', paint.dark, outline),
      path('M-42 -34Q-16 -58 18 -50Q44 -56 44 -36Q40 -16 6 -14Q-22 -14 -42 -34Z', paint.main, outline),
      path('M-18 -24Q4 -12 30 -22Q16 -14 4 -14Q-8 -14 -18 -24Z', paint.light),
      path('M-14 -42Q-44 -66 -38 -98Q2 -92 14 -46Q2 -34 -14 -42Z', paint.main, outline),
      path('M-10 -48Q-30 -66 -30 -86Q-6 -76 4 -50Z', paint.light),
      path('M43 -44L60 -37L43 -31Z', paint.tone('#f39a1e')),
      circle(34, -42, 4, paint.tone('#ffffff')),
      circle(35, -42, 2.2, paint.tone('#17171a')),
    ].join('');
  },
};
