import type { Light } from '../light.ts';
import type { Random } from '../random.ts';
import { ellipse, line, path, rectangle, verticalGradient } from '../shapes.ts';
import { HORIZON, type Setting, waved } from './setting.ts';

/** Still water between wooded hills and a grassy bank with reeds. */
export const drawLake: Setting = (light, random) => {
  const water = verticalGradient('water', [light.scenery('#a8d8ea'), light.scenery('#3f86b8')]);
  const hills = waved(HORIZON - 20, 12, random);
  const ripples = Array.from({ length: 14 }, () => {
    const [x, y] = [random.between(-10, 310), random.between(HORIZON + 8, 184)];
    return line(`M${x} ${y}h${random.between(12, 30)}`, light.scenery('#e6f6fb'), 1.6, 'opacity="0.7"');
  });
  return [
    water.definition,
    path(hills, light.ground('#5d8f7a')),
    path(waved(HORIZON - 6, 5, random), light.ground('#437560')),
    rectangle(0, HORIZON + 3, 320, 100, water.fill),
    ripples.join(''),
    path(`M0 214Q90 184 160 189T320 206V240H0Z`, light.ground('#74a852')),
    reeds(light, random, random.between(36, 60)),
    reeds(light, random, random.between(250, 280)),
  ].join('');
};

function reeds(light: Light, random: Random, middle: number): string {
  const reed = (): string => {
    const [x, height, lean] = [middle + random.between(-16, 16), random.between(34, 54), random.between(-5, 5)];
    return (
      line(`M${x} 222q${lean / 2} ${-height / 2} ${lean} ${-height}`, light.scenery('#5b8a3c'), 2) +
      ellipse(x + lean, 222 - height, 2.8, 8, light.scenery('#7a4a26'))
    );
  };
  return Array.from({ length: 6 }, reed).join('');
}
