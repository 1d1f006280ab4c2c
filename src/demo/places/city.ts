import type { Light } from '../light.ts';
import { mix } from '../paint.ts';
import type { Random } from '../random.ts';
import { rectangle } from '../shapes.ts';
import { HORIZON, type Setting } from './setting.ts';

/** Towers with windows, a pavement, a street with a dashed line. */
export const drawCity: Setting = (light, random) =>
  [
    towers(light, random, '#a3b1c6', 10, 62, 112, false),
    towers(light, random, '#6f7d96', 7, 34, 88, true),
    rectangle(0, HORIZON + 26, 320, 80, light.ground('#b9b7b3')),
    rectangle(0, HORIZON + 42, 320, 62, light.ground('#55585f')),
    [-20, 40, 100, 160, 220, 280].map((x) => rectangle(x, 226, 32, 4, light.ground('#f1e9c9'))).join(''),
  ].join('');

function towers(
  light: Light,
  random: Random,
  colour: string,
  count: number,
  low: number,
  high: number,
  windows: boolean,
): string {
  const width = 320 / count;
  const tower = (index: number): string => {
    const height = random.between(low, high);
    const [x, y] = [index * width + random.between(-2, 2), HORIZON + 26 - height];
    const wall = light.scenery(mix(colour, random.pick(['#ffffff', '#3d4a66', '#c98f74']), random.between(0, 0.3)));
    const roof = random.chance(0.3) ? rectangle(x + width / 2 - 1, y - 12, 2, 12, wall) : '';
    const panes = windows ? panesOf(light, random, x, y, width, height) : '';
    return rectangle(x, y, width - 2, height, wall) + roof + panes;
  };
  return Array.from({ length: count }, (_, index) => tower(index)).join('');
}

function panesOf(light: Light, random: Random, x: number, y: number, width: number, height: number): string {
  const rows = Math.floor((height - 6) / 13);
  const panes = Array.from({ length: rows * 3 }, (_, index) => {
    const lit = !light.lit || random.chance(0.65);
    const colour = lit ? light.lamp('#e6f3fa') : light.scenery('#39435a');
    return rectangle(x + 5 + (index % 3) * (width / 3.4), y + 7 + Math.floor(index / 3) * 13, 7, 7, colour);
  });
  return panes.join('');
}
