import { Random } from './random.ts';

export const OBJECTS = [
  'car',
  'boat',
  'house',
  'tree',
  'flower',
  'cat',
  'dog',
  'bird',
  'bicycle',
  'umbrella',
  'tent',
  'balloon',
  'kite',
  'rocket',
] as const;

export const COLOURS = [
  'red',
  'orange',
  'yellow',
  'green',
  'turquoise',
  'blue',
  'purple',
  'pink',
  'brown',
  'black',
  'white',
  'grey',
] as const;

export const PLACES = ['beach', 'forest', 'city', 'desert', 'mountains', 'meadow', 'lake'] as const;
export const TIMES = ['morning', 'day', 'evening', 'night'] as const;
export const WEATHERS = ['clear', 'cloudy', 'rainy', 'snowy', 'foggy'] as const;

export type SceneObject = (typeof OBJECTS)[number];
export type Colour = (typeof COLOURS)[number];
export type Place = (typeof PLACES)[number];
export type Time = (typeof TIMES)[number];
export type Weather = (typeof WEATHERS)[number];

/** What a picture shows, in the words of its captions: a `colour` `object`, somewhere, some time. */
export interface Scene {
  readonly object: SceneObject;
  readonly colour: Colour;
  readonly place: Place;
  readonly time: Time;
  readonly weather: Weather;
}

export const ATTRIBUTES = ['object', 'colour', 'place', 'time', 'weather'] as const;

/** Whether a scene is as `says` has it, in every attribute that it names. */
export function shows(scene: Scene, says: Partial<Scene>): boolean {
  return ATTRIBUTES.every((attribute) => says[attribute] === undefined || says[attribute] === scene[attribute]);
}

/** Every object in every colour, once; so many scenes in a row show each of them. */
const PAIRS = OBJECTS.flatMap((object) => COLOURS.map((colour) => ({ object, colour })));

/**
 * Scene number `index` (from 0) of the endless series that `seed` names. Of the 168 scenes from
 * any multiple of 168 on, each shows another object in another colour.
 */
export function sceneAt(seed: number, index: number): Scene {
  const round = Math.floor(index / PAIRS.length);
  const pair = new Random(seed, round).shuffled(PAIRS)[index % PAIRS.length];
  if (pair === undefined) throw new RangeError(`A scene's number is a whole number from 0 on, not ${index}.`);
  const random = new Random(seed, index, 1);
  return {
    ...pair,
    place: random.pick(PLACES),
    time: random.pick(TIMES),
    weather: random.chance(0.2) ? 'clear' : random.pick(WEATHERS),
  };
}
