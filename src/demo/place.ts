import { drawBeach } from './places/beach.ts';
import { drawCity } from './places/city.ts';
import { drawDesert } from './places/desert.ts';
import { drawForest } from './places/forest.ts';
import { drawLake } from './places/lake.ts';
import { drawMeadow } from './places/meadow.ts';
import { drawMountains } from './places/mountains.ts';
import type { Setting } from './places/setting.ts';
import type { Place } from './scene.ts';

/** What draws each place. */
export const SETTINGS: Record<Place, Setting> = {
  beach: drawBeach,
  forest: drawForest,
  city: drawCity,
  desert: drawDesert,
  mountains: drawMountains,
  meadow: drawMeadow,
  lake: drawLake,
};
