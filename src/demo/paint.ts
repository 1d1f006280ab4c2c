import type { Random } from './random.ts';
import type { Colour } from './scene.ts';

/** A colour from `#rrggbb` to `#rrggbb`: 0 gives the first, 1 the second. */
export function mix(first: string, second: string, share: number): string {
  const from = channels(first);
  const to = channels(second);
  const mixed = from.map((value, index) => Math.round(value + ((to[index] ?? value) - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** What an object is painted with, as the light of its scene shows it. */
export interface Paint {
  readonly main: string;
  readonly light: string;
  readonly dark: string;
  /** For outlines: sets a black or a white object off from what is behind it. */
  readonly edge: string;
  /** Panes, behind which a lamp may be on. */
  readonly window: string;
  /** Any other colour in the same light. */
  tone(colour: string): string;
}

/**
 * @param lit whether lamps are on
 * @param light turns a colour into what the light of the scene makes of it
 */
export function paintIn(colour: Colour, random: Random, lit: boolean, light: (colour: string) => string): Paint {
  const [hue, saturation, lightness] = SHADES[colour];
  const hex = fromHsl(
    hue + random.between(-5, 5),
    saturation * random.between(0.88, 1.1),
    lightness + random.between(-4, 4),
  );
  return {
    main: light(hex),
    light: light(mix(hex, '#ffffff', colour === 'black' ? 0.14 : 0.28)),
    dark: light(mix(hex, '#000000', colour === 'white' ? 0.1 : 0.25)),
    edge: light(colour === 'black' ? '#6a6a70' : mix(hex, '#000000', colour === 'white' ? 0.35 : 0.45)),
    window: lit ? '#ffe48c' : light('#cfeaf7'),
    tone: light,
  };
}

/** Hue in degrees, saturation and lightness in percent. */
const SHADES: Record<Colour, readonly [number, number, number]> = {
  red: [357, 82, 46],
  orange: [27, 96, 54],
  yellow: [50, 96, 56],
  green: [128, 62, 38],
  turquoise: [175, 75, 44],
  blue: [218, 80, 48],
  purple: [276, 62, 46],
  pink: [335, 85, 75],
  brown: [22, 52, 29],
  black: [240, 6, 10],
  white: [210, 15, 95],
  grey: [215, 4, 54],
};

function channels(hex: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
}

/** The formula of CSS Color 4, section 7.1. */
function fromHsl(hue: number, saturation: number, lightness: number): string {
  const l = Math.min(98, lightness) / 100;
  const amplitude = (Math.min(100, saturation) / 100) * Math.min(l, 1 - l);
  const channel = (offset: number): string => {
    const k = (offset + (hue + 360) / 30) % 12;
    const value = l - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
