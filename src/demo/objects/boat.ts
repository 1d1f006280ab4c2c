import { line, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const boat: Figure = {
  in: 'water',
  draw: (paint) =>
    [
      line('M-2 -20V-100', paint.tone('#7a5230'), 4),
      path('M3 -98Q46 -62 44 -30H3Z', paint.light, `stroke="${paint.edge}" stroke-width="1.2"`),
      path('M-7 -88Q-32 -58 -36 -30H-7Z', paint.main, `stroke="${paint.edge}" stroke-width="1.2"`),
      path('M-56 -24H56Q48 0 30 2H-32Q-50 0 -56 -24Z', paint.main, `stroke="${paint.edge}" stroke-width="1.5"`),
      path('M-50 -10H50Q43 1 30 2H-32Q-45 1 -50 -10Z', paint.dark),
      line('M-54 -22H54', paint.tone('#fff7e6'), 2.5),
    ].join(''),
};
