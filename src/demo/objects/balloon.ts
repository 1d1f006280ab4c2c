import { line, path, rectangle } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** A hot-air balloon with its basket. */
export const balloon: Figure = {
  in: 'air',
  draw: (paint) =>
    [
      line('M-14 -30L-8 -12M14 -30L8 -12', paint.tone('#5c4630'), 1.6),
      rectangle(-10, -13, 20, 14, paint.tone('#9b6a3a'), 'rx="3"'),
      path(
        'M0 -108Q46 -108 46 -68Q44 -46 16 -28H-16Q-44 -46 -46 -68Q-46 -108 0 -108Z',
        paint.main,
        `stroke="${paint.edge}" stroke-width="1.5"`,
      ),
      path('M0 -108Q-24 -98 -24 -68Q-22 -44 -8 -28H8Q22 -44 24 -68Q24 -98 0 -108Z', paint.light),
      path('M0 -108Q-9 -98 -9 -68Q-8 -44 -4 -28H4Q8 -44 9 -68Q9 -98 0 -108Z', paint.main),
      path('M16 -28H-16L-13 -23H13Z', paint.dark),
    ].join(''),
};
