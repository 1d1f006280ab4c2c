import { circle, path, rectangle } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const car: Figure = {
  in: 'ground',
  draw: (paint) => {
    const wheel = (x: number): string =>
      circle(x, -11, 12, paint.tone('#26272b')) + circle(x, -11, 5.5, paint.tone('#c9ccd2'));
    return [
      path(
        'M-54 -12V-26Q-54 -36 -44 -37L-34 -38Q-24 -60 -6 -60H12Q28 -60 36 -38L46 -36Q55 -34 55 -22V-12Z',
        paint.main,
        `stroke="${paint.edge}" stroke-width="1.5"`,
      ),
      path('M-54 -22H55V-12H-54Z', paint.dark),
      path('M-27 -38Q-19 -54 -6 -54H1V-38Z', paint.window),
      path('M6 -54H12Q23 -54 29 -38H6Z', paint.window),
      path('M-42 -34H-34M8 -34H16', 'none', `stroke="${paint.light}" stroke-width="3"`),
      circle(51, -27, 4, paint.tone('#fff3b0')),
      rectangle(-55, -30, 5, 6, paint.tone('#d8342c')),
      wheel(-29),
      wheel(31),
    ].join('');
  },
};
