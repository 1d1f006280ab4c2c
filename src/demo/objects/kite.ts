import { line, path, placed } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** A diamond with a tail of bows, on a string. */
export const kite: Figure = {
  in: 'air',
  draw: (paint, random) => {
    const bow = (x: number, y: number): string =>
      path(`M${x} ${y}l-9 -5v10zM${x} ${y}l9 -5v10z`, paint.main, `stroke="${paint.edge}" stroke-width="0.8"`);
    const body = [
      line('M0 -30Q-16 -14 0 0T-6 28', paint.tone('#e9e2d0'), 1.8),
      bow(-8, -16),
      bow(2, 3),
      bow(0, 19),
      path('M0 -112L36 -74L0 -26L-36 -74Z', paint.main, `stroke="${paint.edge}" stroke-width="1.5"`),
      path('M0 -112L36 -74H0Z', paint.light),
      path('M0 -74V-26L-36 -74Z', paint.dark),
      line('M0 -110V-28M-34 -74H34', paint.edge, 1.6),
    ].join('');
    return placed(body, 0, 0, 1, 1, random.between(8, 24));
  },
};
