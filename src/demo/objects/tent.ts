import { line, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const tent: Figure = {
  in: 'ground',
  draw: (paint) =>
    [
      line('M-52 0L-62 4M52 0L62 4', paint.tone('#c9b48c'), 2),
      path('M-54 0L-8 -76L10 -76L56 0Z', paint.dark, `stroke="${paint.edge}" stroke-width="1.5"`),
      path('M-54 0L-8 -76L32 0Z', paint.main, `stroke="${paint.edge}" stroke-width="1.5"`),
      path('M-26 0L-8 -58L8 0Z', paint.tone('#33291f')),
      path('M-8 -58L-6 -20L8 0Z', paint.light),
      line('M-8 -76V-86', paint.tone('#7a5230'), 3),
      path('M-8 -88L8 -83L-8 -78Z', paint.light),
      line('M-38 -26L-30 -40', paint.light, 3),
    ].join(''),
};
