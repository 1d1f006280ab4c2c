import { circle, ellipse, line, path, placed } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const flower: Figure = {
  in: 'ground',
  draw: (paint, random) => {
    const count = 6 + random.below(3);
    const petals = Array.from({ length: count }, (_, index) =>
      placed(
        ellipse(0, -21, 11.5, 17, index % 2 ? paint.main : paint.light, `stroke="${paint.edge}" stroke-width="1"`),
        0,
        -68,
        1,
        1,
        (360 / count) * index,
      ),
    );
    const green = paint.tone('#3d8f3f');
    return [
      line('M0 0Q-5 -30 0 -60', green, 5),
      path('M-1 -8Q-26 -12 -30 -32Q-8 -30 -2 -12Z', green),
      path('M0 -14Q22 -18 28 -36Q8 -34 0 -20Z', green),
      petals.join(''),
      circle(0, -68, 11, paint.tone('#f4c22f'), `stroke="${paint.tone('#8a5a16')}" stroke-width="2"`),
    ].join('');
  },
};
