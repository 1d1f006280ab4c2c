import { circle, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** Stands on its fins. */
export const rocket: Figure = {
  in: 'ground',
  draw: (paint) => {
    const outline = `stroke="${paint.edge}" stroke-width="1.5"`;
    return [
      path('M-18 -44Q-42 -28 -40 0L-14 -16Z', paint.dark, outline),
      path('M18 -44Q42 -28 40 0L14 -16Z', paint.dark, outline),
      path('M-10 -14H10L13 -4H-13Z', paint.tone('#5f646d')),
      path('M0 -118Q30 -86 22 -38L15 -12H-15L-22 -38Q-30 -86 0 -118Z', paint.main, outline),
      path('M8 -106Q27 -80 21 -38L15 -12H4Q18 -60 8 -106Z', paint.dark, 'opacity="0.55"'),
      circle(0, -66, 11, paint.tone('#e8ebef')),
      circle(0, -66, 7.5, paint.window),
      path('M-3 -36H3V0H-3Z', paint.dark),
    ].join('');
  },
};
