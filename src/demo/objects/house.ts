import { path, rectangle } from '../shapes.ts';
import type { Figure } from './figure.ts';

export const house: Figure = {
  in: 'ground',
  draw: (paint, random) => {
    const pane = (x: number): string =>
      rectangle(x, -44, 18, 17, paint.window, `stroke="${paint.tone('#fdfaf2')}" stroke-width="2.5"`) +
      path(`M${x + 9} -44v17M${x} -35.5h18`, 'none', `stroke="${paint.tone('#fdfaf2')}" stroke-width="1.8"`);
    const door = random.chance(0.5) ? -8 : 4;
    return [
      rectangle(20, -98, 12, 28, paint.tone('#8a6a5c')),
      rectangle(-44, -60, 88, 60, paint.main, `stroke="${paint.edge}" stroke-width="1.5"`),
      path('M-44 -8H44V0H-44Z', paint.dark),
      path('M-54 -56L0 -100L54 -56Z', paint.tone('#5f4a4d')),
      path('M-54 -56L0 -100L6 -95L-40 -56Z', paint.tone('#7b6265')),
      pane(-36),
      pane(18),
      rectangle(door - 6, -34, 17, 34, paint.tone('#6b4428')),
    ].join('');
  },
};
