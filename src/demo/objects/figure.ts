import type { Paint } from '../paint.ts';
import type { Random } from '../random.ts';

/** How an object is drawn. */
export interface Figure {
  /** Where it is: `air` needs no shadow, `water` gets a pond where the place has no water. */
  readonly in: 'ground' | 'air' | 'water';
  /** SVG in a box of about 100 x 100 units whose lower middle is (0, 0); y grows downwards. */
  draw(paint: Paint, random: Random): string;
}
