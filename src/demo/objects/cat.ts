import { circle, ellipse, line, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

/** Sits and looks at us. */
export const cat: Figure = {
  in: 'ground',
  draw: (paint) => {
    const eye = (x: number): string =>
      ellipse(x, -68, 4.4, 5, paint.tone('#f1f59a')) + ellipse(x, -68, 1.6, 4.4, paint.tone('#1b1b1f'));
    const outline = `stroke="${paint.edge}" stroke-width="1.5"`;
    return [
      line('M24 -8Q52 -6 46 -34Q44 -46 52 -52', paint.dark, 9),
      path('M-27 0Q-34 -38 -12 -50H12Q34 -38 27 0Z', paint.main, outline),
      ellipse(0, -15, 13, 17, paint.light),
      path('M-26 -72L-27 -101L-7 -87Z', paint.main, outline),
      path('M26 -72L27 -101L7 -87Z', paint.main, outline),
      path('M-22 -84L-23 -94L-14 -88Z', paint.tone('#f2a0ad')),
      path('M22 -84L23 -94L14 -88Z', paint.tone('#f2a0ad')),
      ellipse(0, -67, 28, 23, paint.main, outline),
      eye(-11),
      eye(11),
      path('M-3.500 -59H3.500L0 -55Z', paint.tone('#e8788a')),
      line('M-8 -57L-28 -60M-8 -54L-28 -52M8 -57L28 -60M8 -54L28 -52', paint.edge, 1),
      circle(-11, -3, 6, paint.light),
      circle(11, -3, 6, paint.light),
    ].join('');
  },
};
