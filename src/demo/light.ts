import { mix } from './paint.ts';
import type { Time, Weather } from './scene.ts';

/** What the time of day and the weather do to colours. */
export interface Light {
  readonly night: boolean;
  /** Whether lamps are on. */
  readonly lit: boolean;
  /** Of things that stand far or near. */
  scenery(colour: string): string;
  /** Of the ground, on which snow lies. */
  ground(colour: string): string;
  /** Of the object, which stays bright enough to tell its colour. */
  object(colour: string): string;
  /** Of a window or a lamp, which may be on. */
  lamp(colour: string): string;
}

export function lightOf(time: Time, weather: Weather): Light {
  const [tint, strength, onObject] = TINTS[time];
  const dull = weather === 'clear' ? 0 : weather === 'rainy' ? 0.28 : 0.15;
  const lit = time === 'night' || time === 'evening';
  const scenery = (colour: string): string => mix(mix(colour, '#7f8a94', dull), tint, strength);
  return {
    night: time === 'night',
    lit,
    scenery,
    ground: (colour) => scenery(weather === 'snowy' ? mix(colour, '#f6f9ff', 0.78) : colour),
    object: (colour) => mix(colour, tint, onObject),
    lamp: (colour) => (lit ? '#ffdf80' : scenery(colour)),
  };
}

/** A colour that is laid over all, and how much of it: on the scenery, and on the object. */
const TINTS: Record<Time, readonly [string, number, number]> = {
  morning: ['#ffe9cf', 0.2, 0.05],
  day: ['#ffffff', 0, 0],
  evening: ['#7a2a4a', 0.36, 0.1],
  night: ['#0d1a48', 0.56, 0.1],
};
