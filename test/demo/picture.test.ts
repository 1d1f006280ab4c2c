import sharp from 'sharp';
import { expect, test } from 'vitest';
import { paintScene } from '../../src/demo/picture.ts';
import { OBJECTS, PLACES, type Scene, sceneAt, TIMES, WEATHERS } from '../../src/demo/scene.ts';

const SCENE: Scene = { object: 'car', colour: 'red', place: 'beach', time: 'evening', weather: 'clear' };

test('a picture is a JPEG file of 320 x 240 pixels, the same each time', async () => {
  const [first, again] = await Promise.all([paintScene(SCENE, 1, 0), paintScene(SCENE, 1, 0)]);
  const { format, width, height } = await sharp(first).metadata();
  expect({ format, width, height }).toEqual({ format: 'jpeg', width: 320, height: 240 });
  expect(again).toEqual(first);
});

test('the same scene is drawn another way under another number', async () => {
  expect(await paintScene(SCENE, 1, 1)).not.toEqual(await paintScene(SCENE, 1, 0));
});

test('every object can be drawn everywhere, at any time, in any weather', async () => {
  const scenes = OBJECTS.flatMap((object, index) =>
    PLACES.map((place, offset): Scene => {
      const time = TIMES[(index + offset) % TIMES.length] ?? 'day';
      const weather = WEATHERS[(index * 2 + offset) % WEATHERS.length] ?? 'clear';
      return { ...sceneAt(1, index), object, place, time, weather };
    }),
  );
  const sizes = await Promise.all(scenes.map(async (scene, index) => (await paintScene(scene, 1, index)).length));
  expect(Math.min(...sizes)).toBeGreaterThan(4_000);
});
