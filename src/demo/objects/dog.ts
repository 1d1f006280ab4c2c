import { circle, ellipse, line, path, rectangle } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** Stands and looks to the right, its ear hanging. */
export const dog: Figure = {
  in: 'ground',
  draw: (paint) => {
    const outline = `stroke="${paint.edge}" stroke-width="1.5"`;
    const leg = (x: number, colour: string): string => rectangle(x, -30, 11, 30, colour, 'rx="4"');
    return [
      line('M-38 -44Q-56 -50 -54 -70', paint.main, 8),
      leg(-26, paint.dark),
      leg(12, paint.dark),
      path('M-44 -26Q-48 -54 -26 -54H22Q34 -52 32 -24Q0 -16 -44 -26Z', paint.main, outline),
      leg(-40, paint.main),
      leg(22, paint.main),
      path('M12 -46L18 -78H40L38 -44Z', paint.main),
      path('M14 -84Q18 -94 34 -92L44 -82L60 -76Q64 -64 52 -62L32 -58Q12 -60 14 -84Z', paint.main, outline),
      path('M18 -90Q2 -88 6 -58Q16 -52 22 -64Q26 -80 26 -90Z', paint.dark, outline),
      circle(39, -79, 3.4, paint.tone('#ffffff')),
      circle(39.5, -79, 2, paint.tone('#17171a')),
      ellipse(60, -75, 4.5, 3.6, paint.tone('#17171a')),
      line('M14 -47L38 -45', paint.tone('#f6e6bd'), 5),
    ].join('');
  },
};
