import type { Caption } from './caption.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import { COLOUR_WORDS, OBJECT_WORDS, PLACE_WORDS, TIME_WORDS, WEATHER_WORDS, withArticle } from './wording.ts';

/**
 * A sentence whose wording no training sentence has: it departs from the plain words in two places
 * ("a crimson automobile", "a vessel after dark"), half of the time in a frame of its own, whose
 * words the model does not know.
 */
export function heldOutCaption(scene: Scene, random: Random): Caption {
  const { object, colour, place, time, weather } = scene;
  const noun = random.pick(OBJECT_WORDS[object].other);
  const second = random.pick(['colour', 'place', 'time', 'weather'] as const);
  const sentence = (head: string, phrase: string): string => {
    const frame = random.chance(0.5) ? '{}' : random.pick(FRAMES);
    return frame.replace('{}', [withArticle(head), phrase].filter((part) => part !== '').join(' '));
  };
  if (second === 'colour') {
    return { text: sentence(`${random.pick(COLOUR_WORDS[colour].other)} ${noun}`, ''), says: { object, colour } };
  }
  const { says, wording } = {
    place: { says: { place }, wording: PLACE_WORDS[place] },
    time: { says: { time }, wording: TIME_WORDS[time] },
    weather: { says: { weather }, wording: WEATHER_WORDS[weather] },
  }[second];
  return { text: sentence(noun, random.pick(wording.other)), says: { object, ...says } };
}

/** None of these occurs in training. */
const FRAMES = [
  'i am looking for {}',
  'where can i find {}',
  'show me {} please',
  'somebody painted {}',
  'do you have {}?',
  'look, {}!',
] as const;
