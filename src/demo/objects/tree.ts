import { circle, path } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const tree: Figure = {
  in: 'ground',
  draw: (paint, random) => {
    const leaves = Array.from({ length: 9 }, () =>
      circle(random.between(-30, 30), random.between(-92, -50), random.between(3, 5), paint.light, 'opacity="0.9"'),
    );
    return [
      path('M-8 0Q-4 -20 -6 -42H6Q4 -20 9 0Z', paint.tone('#7b5231')),
      circle(-23, -52, 23, paint.dark),
      circle(24, -52, 22, paint.dark),
      circle(0, -50, 24, paint.dark),
      circle(-17, -68, 24, paint.main),
      circle(18, -67, 24, paint.main),
      circle(0, -84, 23, paint.main),
      leaves.join(''),
    ].join('');
  },
};
