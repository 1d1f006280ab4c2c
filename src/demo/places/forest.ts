import type { Light } from '../light.ts';
import type { Random } from '../random.ts';
import { line, path, placed, rectangle, verticalGradient } from '../shapes.ts';
import { HORIZON, type Setting, waved } from './setting.ts';

/** Two rows of firs, one behind the other, over a dark floor with ferns. */
export const drawForest: Setting = (light, random) => {
  const floor = verticalGradient('floor', [light.ground('#3f6b35'), light.ground('#2c4a26')]);
  return [
    floor.definition,
    firs(light, random, '#5c8f72', HORIZON + 16, 1.15, 11),
    rectangle(0, HORIZON - 2, 320, 40, light.scenery('#35604a')),
    firs(light, random, '#2c6544', HORIZON + 26, 1.5, 8),
    path(waved(HORIZON + 14, 4, random), floor.fill),
    ferns(light, random),
  ].join('');
};

function firs(light: Light, random: Random, colour: string, foot: number, size: number, count: number): string {
  const fir = (index: number): string => {
    const x = ((index + random.between(0.2, 0.8)) * 320) / count;
    const height = size * random.between(0.85, 1.2);
    const body =
      line('M0 0V-20', light.scenery('#4b3524'), 5) +
      path('M0 -84L13 -58H8L18 -36H11L23 -10H-23L-11 -36H-18L-8 -58H-13Z', light.scenery(colour));
    const snow = path('M0 -84L13 -58Q0 -64 -13 -58Z', light.ground(colour));
    return placed(body + snow, x, foot + random.between(-3, 3), size * 0.9, height);
  };
  return Array.from({ length: count }, (_, index) => fir(index)).join('');
}

function ferns(light: Light, random: Random): string {
  const fern = (): string => {
    const [x, y] = [random.between(0, 320), random.between(180, 236)];
    return line(`M${x} ${y}q-6 -5 -8 -11M${x} ${y}v-13M${x} ${y}q6 -5 8 -11`, light.ground('#5f9a4a'), 2);
  };
  return Array.from({ length: 12 }, fern).join('');
}
