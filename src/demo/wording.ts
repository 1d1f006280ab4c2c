import type { Colour, Place, SceneObject, Time, Weather } from './scene.ts';

/** How a value is said: in the plain words, and in others that mean the same. */
export interface Wording {
  readonly plain: readonly [string, ...string[]];
  readonly other: readonly [string, ...string[]];
}

export const OBJECT_WORDS: Record<SceneObject, Wording> = {
  car: { plain: ['car'], other: ['automobile', 'motorcar', 'auto'] },
  boat: { plain: ['boat', 'sailing boat'], other: ['vessel', 'ship', 'yacht'] },
  house: { plain: ['house'], other: ['home', 'cottage', 'cabin', 'building'] },
  tree: { plain: ['tree'], other: ['oak', 'maple', 'birch'] },
  flower: { plain: ['flower'], other: ['blossom', 'bloom', 'daisy'] },
  cat: { plain: ['cat'], other: ['kitten', 'kitty', 'feline'] },
  dog: { plain: ['dog'], other: ['puppy', 'hound', 'doggy'] },
  bird: { plain: ['bird'], other: ['sparrow', 'songbird', 'dove'] },
  bicycle: { plain: ['bicycle'], other: ['bike', 'cycle', 'pushbike'] },
  umbrella: { plain: ['umbrella'], other: ['parasol', 'brolly', 'sunshade'] },
  tent: { plain: ['tent'], other: ['teepee', 'wigwam', 'tipi'] },
  balloon: { plain: ['balloon', 'hot air balloon'], other: ['aerostat', 'airship', 'montgolfier'] },
  kite: { plain: ['kite'], other: ['paper flyer', 'flying toy', 'wind toy'] },
  rocket: { plain: ['rocket'], other: ['spaceship', 'spacecraft', 'starship'] },
};

export const COLOUR_WORDS: Record<Colour, Wording> = {
  red: { plain: ['red'], other: ['crimson', 'scarlet', 'ruby'] },
  orange: { plain: ['orange'], other: ['tangerine', 'amber', 'apricot'] },
  yellow: { plain: ['yellow'], other: ['golden', 'lemon', 'gold'] },
  green: { plain: ['green'], other: ['emerald', 'lime', 'olive'] },
  turquoise: { plain: ['turquoise'], other: ['teal', 'cyan', 'aqua'] },
  blue: { plain: ['blue'], other: ['navy', 'azure', 'cobalt', 'sapphire'] },
  purple: { plain: ['purple'], other: ['violet', 'lilac', 'lavender'] },
  pink: { plain: ['pink'], other: ['rose', 'magenta', 'rosy'] },
  brown: { plain: ['brown'], other: ['chestnut', 'chocolate', 'hazel'] },
  black: { plain: ['black'], other: ['ebony', 'inky', 'jet'] },
  white: { plain: ['white'], other: ['ivory', 'pearly', 'chalky'] },
  grey: { plain: ['grey', 'gray'], other: ['silver', 'ashen', 'slate'] },
};

/** Phrases that follow a noun. */
export const PLACE_WORDS: Record<Place, Wording> = {
  beach: {
    plain: ['on the beach', 'at the beach'],
    other: ['by the sea', 'on the shore', 'at the seaside', 'on the coast'],
  },
  forest: { plain: ['in the forest', 'in a forest'], other: ['in the woods', 'in the woodland', 'among fir trees'] },
  city: {
    plain: ['in the city', 'in a city'],
    other: ['in the town', 'downtown', 'on the street', 'before the skyscrapers'],
  },
  desert: { plain: ['in the desert', 'in a desert'], other: ['among the dunes', 'in the sahara', 'beside the cactus'] },
  mountains: {
    plain: ['in the mountains', 'before the mountains'],
    other: ['in the alps', 'below the peaks', 'in the highlands', 'on a mountain'],
  },
  meadow: {
    plain: ['in the meadow', 'on a meadow'],
    other: ['in the field', 'in the grass', 'on the pasture', 'by the fence'],
  },
  lake: { plain: ['by the lake', 'at the lake'], other: ['by the pond', 'on the lakeside', 'beside the reeds'] },
};

/** Phrases that follow a noun. */
export const TIME_WORDS: Record<Time, Wording> = {
  morning: { plain: ['in the morning'], other: ['at dawn', 'at sunrise', 'at daybreak', 'in the early hours'] },
  day: { plain: ['by day', 'during the day'], other: ['at noon', 'at midday', 'in broad daylight', 'in the daytime'] },
  evening: { plain: ['in the evening'], other: ['at sunset', 'at dusk', 'at sundown', 'in the twilight'] },
  night: { plain: ['at night'], other: ['after dark', 'at midnight', 'under the stars', 'in the moonlight'] },
};

/** Phrases that follow a noun. */
export const WEATHER_WORDS: Record<Weather, Wording> = {
  clear: { plain: ['in clear weather'], other: ['under a clear sky', 'in fine weather', 'under a cloudless sky'] },
  cloudy: { plain: ['in cloudy weather'], other: ['under clouds', 'under an overcast sky', 'beneath many clouds'] },
  rainy: { plain: ['in the rain', 'in rainy weather'], other: ['in a downpour', 'while it rains', 'in a shower'] },
  snowy: { plain: ['in the snow', 'in snowy weather'], other: ['in a blizzard', 'while it snows', 'in the snowfall'] },
  foggy: { plain: ['in the fog', 'in foggy weather'], other: ['in the mist', 'in the haze', 'in misty weather'] },
};

/** Such as "an orange" before "an orange car". */
export function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}
