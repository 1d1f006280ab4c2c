import type { Light } from './light.ts';
import { balloon } from './objects/balloon.ts';
import { bicycle } from './objects/bicycle.ts';
import { bird } from './objects/bird.ts';
import { boat } from './objects/boat.ts';
import { car } from './objects/car.ts';
import { cat } from './objects/cat.ts';
import { dog } from './objects/dog.ts';
import type { Figure } from './objects/figure.ts';
import { flower } from './objects/flower.ts';
import { house } from './objects/house.ts';
import { kite } from './objects/kite.ts';
import { rocket } from './objects/rocket.ts';
import { tent } from './objects/tent.ts';
import { tree } from './objects/tree.ts';
import { umbrella } from './objects/umbrella.ts';
import { mix, paintIn } from './paint.ts';
import type { Random } from './random.ts';
import type { Scene, SceneObject } from './scene.ts';
import { ellipse, glow, placed } from './shapes.ts';

const FIGURES: Record<SceneObject, Figure> = {
  car,
  boat,
  house,
  tree,
  flower,
  cat,
  dog,
  bird,
  bicycle,
  umbrella,
  tent,
  balloon,
  kite,
  rocket,
};

/** The object in its colour, with shadow or pond; always within the middle 240 of 320 units. */
export function drawObject({ object, colour, place, weather }: Scene, light: Light, random: Random): string {
  const figure = FIGURES[object];
  const size = random.between(0.9, 1.22);
  const [x, y] = [random.between(116, 204), HEIGHTS[figure.in](random)];
  const mirror = random.chance(0.5) ? 1 : -1;
  const paint = paintIn(colour, random, light.lit, light.object);
  const halo = glow(
    'halo',
    x,
    y - 50 * size,
    74 * size,
    HALOS[light.night ? 'night' : 'day'],
    light.night ? 0.42 : 0.3,
  );
  const wet = place === 'lake' ? '' : light.ground(weather === 'snowy' ? '#8fbfdb' : '#4fa3cf');
  const below = {
    ground: ellipse(x, y + 1, 48 * size, 6 * size, '#000000', 'opacity="0.24"'),
    water: wet
      ? ellipse(x, y, 82 * size, 15 * size, wet) + ellipse(x, y - 2, 66 * size, 7 * size, mix(wet, '#ffffff', 0.25))
      : ellipse(x, y + 3, 52 * size, 5 * size, '#0d3550', 'opacity="0.4"'),
    air: '',
  }[figure.in];
  return halo + below + placed(figure.draw(paint, random), x, y, size * mirror, size * random.between(0.93, 1.07));
}

const HALOS = { day: '#ffffff', night: '#b9c8ff' };

/** Where the lower edge of the object is. */
const HEIGHTS: Record<Figure['in'], (random: Random) => number> = {
  ground: (random) => random.between(192, 222),
  water: (random) => random.between(184, 200),
  air: (random) => random.between(146, 170),
};
