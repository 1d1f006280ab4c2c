import type { Light } from '../light.ts';
import { line, path, placed, verticalGradient } from '../shapes.ts';
import { aside, HORIZON, type Setting } from './setting.ts';

/** A table mountain, dunes with a shaded side, cacti. */
export const drawDesert: Setting = (light, random) => {
  const far = verticalGradient('far', [light.ground('#eda552'), light.ground('#d9843a')]);
  const near = verticalGradient('near', [light.ground('#f3b565'), light.ground('#d98d45')]);
  const mesa = random.between(30, 220);
  const crest = random.between(90, 230);
  return [
    far.definition,
    near.definition,
    path(`M${mesa - 2} 166L${mesa + 14} 104H${mesa + 64}L${mesa + 82} 166Z`, light.scenery('#b5603c')),
    path(`M${mesa + 45} 166L${mesa + 50} 104H${mesa + 64}L${mesa + 82} 166Z`, light.scenery('#93482f')),
    path(`M0 ${HORIZON + 8}Q70 ${HORIZON - 14} 150 ${HORIZON + 6}T320 ${HORIZON - 4}V240H0Z`, far.fill),
    path(`M0 188Q${crest * 0.6} 176 ${crest} 152Q${crest + 30} 178 320 182V240H0Z`, near.fill),
    path(
      `M${crest} 152Q${crest + 30} 178 320 182V206Q${crest + 10} 200 ${crest} 152Z`,
      light.ground('#c4763a'),
      'opacity="0.6"',
    ),
    placed(cactus(light), aside(random), 186, 1, random.between(0.9, 1.2)),
    placed(cactus(light), random.between(120, 200), 160, -0.5, 0.5),
  ].join('');
};

function cactus(light: Light): string {
  const green = light.scenery('#3f8552');
  return line('M0 0V-50', green, 11) + line('M0 -18H-16V-34', green, 7) + line('M0 -26H15V-44', green, 7);
}
