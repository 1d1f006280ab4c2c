import type { Light } from '../light.ts';
import type { Random } from '../random.ts';
import { ellipse, path, verticalGradient } from '../shapes.ts';
import { HORIZON, type Setting, waved } from './setting.ts';

/** High peaks with snow on them, over stony ground. */
export const drawMountains: Setting = (light, random) => {
  const ground = verticalGradient('rock', [light.ground('#8f9f86'), light.ground('#6d7a69')]);
  const stones = Array.from({ length: 9 }, () => {
    const [x, y, size] = [random.between(0, 320), random.between(178, 236), random.between(4, 9)];
    return (
      ellipse(x, y, size, size * 0.65, light.ground('#7d8288')) +
      ellipse(x - 1, y - 2, size * 0.6, size * 0.3, light.ground('#a7adb3'))
    );
  });
  return [
    ground.definition,
    range(light, random, '#9fb0cc', [20, 110, 205, 300], 92),
    range(light, random, '#6a7794', [random.between(50, 90), random.between(155, 185), random.between(240, 285)], 112),
    path(waved(HORIZON + 26, 5, random), ground.fill),
    stones.join(''),
  ].join('');
};

function range(light: Light, random: Random, colour: string, tops: readonly number[], height: number): string {
  const foot = HORIZON + 36;
  const peak = (x: number): string => {
    const top = foot - height * random.between(0.9, 1.2);
    const width = (foot - top) * random.between(0.62, 0.75);
    const cap = (foot - top) * 0.32;
    const side = (width * cap) / (foot - top);
    return [
      path(`M${x} ${top}L${x + width} ${foot}H${x - width}Z`, light.scenery(colour)),
      path(
        `M${x} ${top}L${x + width} ${foot}H${x + width * 0.25}L${x - 5} ${top + cap * 1.6}Z`,
        '#1a2238',
        'opacity="0.18"',
      ),
      path(
        `M${x} ${top}L${x + side} ${top + cap}l${-side * 0.5} -7l${-side * 0.5} 9l${-side * 0.5} -8L${x - side} ${top + cap}Z`,
        light.scenery('#ffffff'),
      ),
    ].join('');
  };
  return tops.map(peak).join('');
}
