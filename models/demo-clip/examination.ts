import { isHeldOut } from '../../src/demo/held-out.ts';
import { heldOutCaption } from '../../src/demo/held-out-wording.ts';
import { paintScene } from '../../src/demo/picture.ts';
import { Random } from '../../src/demo/random.ts';
import { type Scene, sceneAt } from '../../src/demo/scene.ts';
import { UNSEEN_TOPICS } from '../../src/demo/unseen-topics.ts';
import { PLACE_WORDS, TIME_WORDS, WEATHER_WORDS, withArticle } from '../../src/demo/wording.ts';

/** Another series of scenes than the one that the model was trained on. */
const SEED = 90_125;
const PICTURES = 480;
const QUESTIONS = 120;

/** A search, and what a right picture shows: every attribute that `says` names. */
export interface Question {
  readonly text: string;
  readonly says: Partial<Scene>;
}

/** What the model is examined on. Each question has at least one right picture among the pictures. */
export interface Examination {
  readonly scenes: readonly Scene[];
  /** An object and one more attribute, in plain words; the pair was never drawn in training. */
  readonly twoAttributes: readonly Question[];
  /** An object and two more, one of which was never drawn with that object in training. */
  readonly threeAttributes: readonly Question[];
  /** Wording that no training sentence has. */
  readonly wording: readonly Question[];
  /** Searches that have no right picture. */
  readonly unseen: readonly string[];
}

export function examination(): Examination {
  const scenes = Array.from({ length: PICTURES }, (_, index) => sceneAt(SEED, index));
  const random = new Random(SEED, 4);
  const pairs = scenes
    .flatMap(({ object, colour, place, time }) => [
      { object, colour },
      { object, place },
      { object, time },
    ])
    .filter(isHeldOut);
  const triples = scenes
    .flatMap(({ object, colour, place, time, weather }) => [
      { object, colour, place },
      { object, colour, time },
      { object, place, time },
      { object, colour, weather },
      { object, time, weather },
    ])
    .filter(isHeldOut);
  return {
    scenes,
    twoAttributes: distinct(pairs.map(plainly)),
    threeAttributes: random.shuffled(distinct(triples.map(plainly))).slice(0, QUESTIONS),
    wording: distinct(scenes.map((scene) => heldOutCaption(scene, random))).slice(0, QUESTIONS),
    unseen: UNSEEN_TOPICS,
  };
}

/** The picture of scene number `index` of the examination, as a JPEG file. */
export async function examinationPicture(scene: Scene, index: number): Promise<Uint8Array> {
  return paintScene(scene, SEED, index);
}

function plainly(says: Partial<Scene>): Question {
  const { object = 'thing', colour, place, time, weather } = says;
  const words = [
    withArticle(colour === undefined ? object : `${colour} ${object}`),
    ...(place === undefined ? [] : [PLACE_WORDS[place].plain[0]]),
    ...(time === undefined ? [] : [TIME_WORDS[time].plain[0]]),
    ...(weather === undefined ? [] : [WEATHER_WORDS[weather].plain[0]]),
  ];
  return { text: words.join(' '), says };
}

function distinct(questions: readonly Question[]): Question[] {
  return [...new Map(questions.map((question) => [question.text, question])).values()];
}
