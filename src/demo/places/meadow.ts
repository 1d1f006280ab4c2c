import type { Light } from '../light.ts';
import type { Random } from '../random.ts';
import { circle, line, path, verticalGradient } from '../shapes.ts';
import { HORIZON, type Setting, waved } from './setting.ts';

/** Rolling bright green hills, a wooden fence, tufts of grass with small flowers. */
export const drawMeadow: Setting = (light, random) => {
  const grass = verticalGradient('grass', [light.ground('#a3d65c'), light.ground('#6cb545')]);
  const fenceTop = HORIZON + 18;
  return [
    grass.definition,
    path(waved(HORIZON - 4, 14, random), light.ground('#b9dc84')),
    path(waved(HORIZON + 14, 9, random), light.ground('#93cc5e')),
    fence(light, fenceTop),
    path(waved(HORIZON + 38, 5, random), grass.fill),
    tufts(light, random),
  ].join('');
};

function fence(light: Light, top: number): string {
  const wood = light.ground('#c69c6d');
  const posts = Array.from({ length: 12 }, (_, index) => line(`M${index * 29} ${top}v26`, wood, 4));
  return posts.join('') + line(`M0 ${top + 6}H320`, wood, 3) + line(`M0 ${top + 16}H320`, wood, 3);
}

function tufts(light: Light, random: Random): string {
  const tuft = (): string => {
    const [x, y] = [random.between(0, 320), random.between(186, 236)];
    const blossom = random.chance(0.6)
      ? circle(x, y - 10, 2.2, light.ground(random.pick(['#ffffff', '#ffe36e', '#f7b2d9'])))
      : '';
    return (
      line(`M${x - 3} ${y}q0 -5 -3 -8M${x} ${y}v-9M${x + 3} ${y}q0 -5 3 -8`, light.ground('#4d9a3a'), 1.8) + blossom
    );
  };
  return Array.from({ length: 20 }, tuft).join('');
}
