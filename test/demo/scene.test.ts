import { expect, test } from 'vitest';
import { isHeldOut } from '../../src/demo/held-out.ts';
import { COLOURS, OBJECTS, PLACES, type Scene, sceneAt, shows, TIMES } from '../../src/demo/scene.ts';

const series = (seed: number, count: number): Scene[] =>
  Array.from({ length: count }, (_, index) => sceneAt(seed, index));

test('a scene is named by a seed and a number, and is always the same', () => {
  expect(series(1, 50)).toEqual(series(1, 50));
  expect(series(1, 50)).not.toEqual(series(2, 50));
});

test('168 scenes in a row show every object in every colour', () => {
  const pairs = new Set(series(1, 168).map(({ object, colour }) => `${colour} ${object}`));
  expect(pairs.size).toBe(OBJECTS.length * COLOURS.length);
});

test('a scene is compared by what is said of it alone', () => {
  const scene: Scene = { object: 'car', colour: 'red', place: 'beach', time: 'night', weather: 'clear' };
  expect(shows(scene, { object: 'car', time: 'night' })).toBe(true);
  expect(shows(scene, { object: 'car', time: 'day' })).toBe(false);
  expect(shows(scene, {})).toBe(true);
});

test('every object is kept from two colours and one place in training, every other from one time', () => {
  for (const object of OBJECTS) {
    expect(COLOURS.filter((colour) => isHeldOut({ object, colour }))).toHaveLength(2);
    expect(PLACES.filter((place) => isHeldOut({ object, place }))).toHaveLength(1);
  }
  const times = OBJECTS.flatMap((object) => TIMES.filter((time) => isHeldOut({ object, time })));
  expect(times).toHaveLength(OBJECTS.length / 2);
  expect(COLOURS.filter((colour) => PLACES.some((place) => isHeldOut({ colour, place })))).toEqual([]);
});
