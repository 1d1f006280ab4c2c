import { expect, test } from 'vitest';
import { captionOf, UNKNOWN_WORD, unrelatedCaption } from '../../src/demo/caption.ts';
import { heldOutCaption } from '../../src/demo/held-out-wording.ts';
import { Random } from '../../src/demo/random.ts';
import { sceneAt, shows } from '../../src/demo/scene.ts';
import { COLOUR_WORDS, OBJECT_WORDS, PLACE_WORDS, TIME_WORDS, WEATHER_WORDS } from '../../src/demo/wording.ts';

const GROUPS = [OBJECT_WORDS, COLOUR_WORDS, PLACE_WORDS, TIME_WORDS, WEATHER_WORDS].map((words) =>
  Object.values(words).flatMap(({ other }) => other),
);

/** In how many attributes a sentence uses other than the plain words. */
function departures(text: string): number {
  const says = (words: string): boolean => new RegExp(`\\b${words}s?\\b`).test(text);
  return GROUPS.filter((words) => words.some(says)).length;
}

const trained = Array.from({ length: 8000 }, (_, index) => {
  const scene = sceneAt(1, index);
  return { scene, ...captionOf(scene, new Random(1, index)) };
});

test('a training sentence is true of its picture', () => {
  expect(trained.every(({ scene, says }) => shows(scene, says))).toBe(true);
});

test('a training sentence departs from the plain words in one place at most', () => {
  expect(trained.filter(({ text }) => departures(text) > 1)).toEqual([]);
});

test('training uses each of the other words somewhere', () => {
  const all = trained.map(({ text }) => ` ${text} `).join('\n');
  expect(GROUPS.flat().filter((words) => !all.includes(` ${words}`))).toEqual([]);
});

test('a held-out sentence departs in two places, and none of them is a training sentence', () => {
  const sentences = new Set(trained.map(({ text }) => text));
  for (let index = 0; index < 300; index += 1) {
    const { text } = heldOutCaption(sceneAt(2, index), new Random(2, index));
    expect(departures(text), text).toBe(2);
    expect(sentences.has(text), text).toBe(false);
  }
});

test('a sentence about other things names no object that is drawn', () => {
  const objects = new RegExp(
    `\\b(${Object.values(OBJECT_WORDS)
      .flatMap(({ plain }) => plain)
      .join('|')})\\b`,
  );
  for (let index = 0; index < 300; index += 1) {
    const text = unrelatedCaption(sceneAt(3, index), new Random(3, index));
    expect(text).toContain(UNKNOWN_WORD);
    expect(text).not.toMatch(objects);
  }
});
