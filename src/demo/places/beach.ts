import { circle, line, path, placed, rectangle, verticalGradient } from '../shapes.ts';
import { aside, HORIZON, type Setting, waved } from './setting.ts';

/** Sea to the horizon, surf, sand with shells, a palm. */
export const drawBeach: Setting = (light, random) => {
  const sea = verticalGradient('sea', [light.scenery('#1f7fc4'), light.scenery('#35b6d6')]);
  const sand = verticalGradient('sand', [light.ground('#f7e2a8'), light.ground('#e3bd74')]);
  const shore = HORIZON + random.between(30, 40);
  const foam = light.scenery('#ffffff');
  const waves = Array.from({ length: 12 }, () => {
    const [x, y] = [random.between(0, 320), random.between(HORIZON + 5, shore - 6)];
    return line(`M${x} ${y}q5 -4 10 0t10 0`, foam, 1.4, 'opacity="0.7"');
  });
  const edge = waved(shore, 4, random);
  const shells = Array.from({ length: 6 }, () =>
    circle(random.between(40, 280), random.between(shore + 14, 234), 2, light.ground('#fff6ea')),
  );
  const palm = (): string => {
    const leaf = light.scenery('#2f8d46');
    const leaves = [-150, -110, -70, -30, 10, 170].map((turn) =>
      placed(path('M0 0Q18 -12 38 4Q18 -3 0 3Z', leaf), 6, -78, 1, 1, turn),
    );
    return line('M0 0Q-4 -40 6 -78', light.scenery('#93663a'), 6) + leaves.join('');
  };
  return [
    sea.definition,
    sand.definition,
    rectangle(0, HORIZON, 320, 102, sea.fill),
    waves.join(''),
    path(edge, foam, 'transform="translate(0 -4)" opacity="0.85"'),
    path(edge, sand.fill),
    shells.join(''),
    placed(palm(), aside(random), shore + random.between(6, 14), random.chance(0.5) ? 1 : -1, 1),
  ].join('');
};
