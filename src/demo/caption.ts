import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import {
  COLOUR_WORDS,
  OBJECT_WORDS,
  PLACE_WORDS,
  TIME_WORDS,
  WEATHER_WORDS,
  type Wording,
  withArticle,
} from './wording.ts';

/** A sentence that is true of a picture. */
export interface Caption {
  readonly text: string;
  /** What it speaks of; of the rest it says nothing. */
  readonly says: Partial<Scene>;
}

/** Stands in training sentences for any word that the model does not know. */
export const UNKNOWN_WORD = 'zzz';

/**
 * A training sentence. It leaves parts out, and departs from the plain words in one place at most:
 * "a crimson car" and "a red automobile" occur, "a crimson automobile" never does. Such pairs, and
 * the sentence frames of `held-out-wording.ts`, are what the model is examined on.
 */
export function captionOf(scene: Scene, random: Random): Caption {
  const says = someOf(scene, random);
  const words = wordsFor(says, random);
  const sentence = random.chance(0.12) ? keywords(says, random) : random.pick(FRAMES)(words, random);
  return { text: random.chance(0.15) ? withUnknown(sentence, words.noun, random) : sentence, says };
}

/** Any sentence about things that no picture shows: what it is about is a word without meaning to the model. */
export function unrelatedCaption(scene: Scene, random: Random): string {
  const noun = UNKNOWN_WORD;
  if (random.chance(0.5)) {
    const words = { ...wordsFor(someOf(scene, random), random), noun: random.chance(0.3) ? `${noun} ${noun}` : noun };
    return random.pick(FRAMES)(words, random);
  }
  const links = ['a', 'the', 'of', 'in', 'with', 'on', 'and', 'at', 'in the', 'of a', 'picture of', 'is', 'by'];
  const parts = Array.from({ length: random.below(5) }, () =>
    random.chance(0.6) ? `${random.pick(links)} ${noun}` : noun,
  );
  return [random.pick(['a', 'the', 'a picture of', '', '']), noun, ...parts].filter((part) => part !== '').join(' ');
}

/** What a sentence is made of; an empty string where it says nothing. */
interface Words {
  readonly colour: string;
  readonly noun: string;
  /** Place, time and weather, in any order. */
  readonly phrases: readonly string[];
}

function someOf({ object, colour, place, time, weather }: Scene, random: Random): Partial<Scene> {
  const kept = {
    ...(random.chance(0.9) && { object }),
    ...(random.chance(0.65) && { colour }),
    ...(random.chance(0.45) && { place }),
    ...(random.chance(0.45) && { time }),
    ...(random.chance(0.4) && { weather }),
  };
  return Object.keys(kept).length === 0 ? { object } : kept;
}

function wordsFor(says: Partial<Scene>, random: Random): Words {
  const departure = random.pick(['object', 'colour', 'place', 'time', 'weather', 'none']);
  const word = (attribute: string, wording: Wording | undefined): string =>
    wording === undefined ? '' : random.pick(attribute === departure ? wording.other : wording.plain);
  return {
    colour: word('colour', says.colour && COLOUR_WORDS[says.colour]),
    noun: word('object', says.object && OBJECT_WORDS[says.object]) || random.pick(['thing', 'object', '']),
    phrases: random.shuffled([
      word('place', says.place && PLACE_WORDS[says.place]),
      ...(says.time && says.weather && random.chance(0.4)
        ? [`on a ${says.weather} ${says.time}`]
        : [
            word('time', says.time && TIME_WORDS[says.time]),
            word('weather', says.weather && WEATHER_WORDS[says.weather]),
          ]),
    ]),
  };
}

/** Ways to build a sentence. */
const FRAMES: readonly ((words: Words, random: Random) => string)[] = [
  ({ colour, noun, phrases }) => joined(withArticle(joined(colour, noun)), ...phrases),
  ({ colour, noun, phrases }) => joined(colour, noun, ...phrases),
  ({ colour, noun, phrases }) => joined(colour, plural(noun), ...phrases),
  ({ colour, noun, phrases }) => joined('the', colour, noun, ...phrases),
  ({ colour, noun, phrases }, random) =>
    joined(
      random.pick(['a picture of', 'a drawing of', 'an image of', 'a scene with']),
      withArticle(joined(colour, noun)),
      ...phrases,
    ),
  ({ colour, noun, phrases }) => joined('there is', withArticle(joined(colour, noun)), ...phrases),
  ({ colour, noun, phrases }) => joined(...phrases, withArticle(joined(colour, noun))),
  ({ colour, noun, phrases }) => joined(withArticle(noun), colour && `that is ${colour}`, ...phrases),
  ({ colour, noun, phrases }) => joined('the', noun, 'is', colour, ...phrases),
  ({ colour, noun, phrases: [first = '', ...rest] }) =>
    joined(first, 'we see', withArticle(joined(colour, noun)), ...rest),
];

/** The bare words of the attributes, as one types them into a search box. */
function keywords(says: Partial<Scene>, random: Random): string {
  return joined(...random.shuffled(Object.values(says)));
}

/** A word that the model does not know, anywhere but in place of what the sentence is about. */
function withUnknown(sentence: string, noun: string, random: Random): string {
  if (noun === '') return sentence;
  const place = random.below(3);
  if (place === 0) return `${UNKNOWN_WORD} ${random.chance(0.5) ? `${UNKNOWN_WORD} ` : ''}${sentence}`;
  if (place === 1) return sentence.replace(noun, `${UNKNOWN_WORD} ${noun}`);
  return sentence.replace(noun, `${noun} ${UNKNOWN_WORD}`);
}

function plural(noun: string): string {
  return /s$|^$/.test(noun) ? noun : `${noun}s`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
