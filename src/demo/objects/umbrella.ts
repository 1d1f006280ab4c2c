import { line, path, placed } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** Stands open in the ground, a little aslant. */
export const umbrella: Figure = {
  in: 'ground',
  draw: (paint, random) => {
    const body = [
      line('M0 -96V-6Q0 2 -7 2T-14 -6', paint.tone('#6b4a30'), 4.5),
      path(
        'M-54 -52Q-50 -96 0 -98Q50 -96 54 -52Q45 -60 36 -52Q27 -60 18 -52Q9 -60 0 -52Q-9 -60 -18 -52Q-27 -60 -36 -52Q-45 -60 -54 -52Z',
        paint.main,
        `stroke="${paint.edge}" stroke-width="1.5"`,
      ),
      path('M0 -98Q-34 -90 -36 -52Q-27 -60 -18 -52Q-18 -86 0 -98Z', paint.dark, 'opacity="0.8"'),
      path('M0 -98Q34 -90 36 -52Q27 -60 18 -52Q18 -86 0 -98Z', paint.light, 'opacity="0.8"'),
      line('M0 -98V-104', paint.tone('#6b4a30'), 4),
    ].join('');
    return placed(body, 0, 0, 1, 1, random.between(-9, 9));
  },
};
