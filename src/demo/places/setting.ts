import type { Light } from '../light.ts';
import type { Random } from '../random.ts';

/** Draws a place from the horizon down to the lower edge, over a sky that is there already. */
export type Setting = (light: Light, random: Random) => string;

/** Where the ground meets the sky, in units of a picture of 320 x 240. */
export const HORIZON = 138;

/** A ground with a gently waved upper edge, as SVG path data. */
export function waved(top: number, height: number, random: Random): string {
  const [a, b, c] = [random.between(-height, height), random.between(-height, height), random.between(-height, height)];
  return `M0 ${top + a}C60 ${top - height} 100 ${top + b} 160 ${top + b}S270 ${top + height} 320 ${top + c}V240H0Z`;
}

/** A place in the foreground beside the middle, where the object stands. */
export function aside(random: Random): number {
  return random.chance(0.5) ? random.between(42, 88) : random.between(232, 278);
}
