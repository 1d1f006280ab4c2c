import { mix } from './paint.ts';
import type { Random } from './random.ts';
import type { Scene, Time } from './scene.ts';
import { circle, glow, line, path, rectangle, verticalGradient } from './shapes.ts';

/** The sky over the whole picture, with sun or moon and stars. */
export function drawSky({ time, weather }: Scene, random: Random): string {
  const veil = { clear: 0, cloudy: 0.22, rainy: 0.45, snowy: 0.3, foggy: 0.4 }[weather];
  const grey = mix('#a9b3bd', SKIES[time][0], time === 'day' ? 0.15 : 0.55);
  const gradient = verticalGradient(
    'sky',
    SKIES[time].map((colour) => mix(colour, grey, veil)),
  );
  const background = gradient.definition + rectangle(0, 0, 320, 240, gradient.fill);
  const lights = time === 'night' ? stars(random) + moon(random) : sun(time, random);
  return `${background}<g opacity="${1 - veil}">${lights}</g>`;
}

/** From the zenith to below the horizon. */
const SKIES: Record<Time, readonly [string, ...string[]]> = {
  morning: ['#a9c8ee', '#f3cfd6', '#ffe6bf', '#fff6dd'],
  day: ['#2f8fe6', '#7cc4f6', '#d3effd', '#e9f8ff'],
  evening: ['#3d2470', '#a83a78', '#f0643f', '#ffb04a'],
  night: ['#050a24', '#0f1a48', '#223468', '#2d4079'],
};

function sun(time: Time, random: Random): string {
  if (time === 'day') {
    const [x, y] = [random.between(70, 250), random.between(28, 46)];
    return glow('sun', x, y, 52, '#fff7c8', 0.85) + circle(x, y, 17, '#ffe45c');
  }
  // Below the horizon's height by a part of its disc, so that the scenery hides the rest.
  const [x, y] = [random.between(75, 245), random.between(100, 122)];
  const [colour, halo] = time === 'morning' ? ['#fffbe6', '#fff3b8'] : ['#ff5a36', '#ffb04a'];
  const rays = time === 'morning' ? sunbeams(x, y) : '';
  return rays + glow('sun', x, y, 80, halo, 0.9) + circle(x, y, 26, colour);
}

function sunbeams(x: number, y: number): string {
  const angles = [-150, -125, -100, -75, -50, -25].map((degrees) => (degrees * Math.PI) / 180);
  const beam = (angle: number): string => {
    const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
    return line(`M${x + 34 * dx} ${y + 34 * dy}L${x + 120 * dx} ${y + 120 * dy}`, '#fffdf0', 7, 'opacity="0.4"');
  };
  return angles.map(beam).join('');
}

function stars(random: Random): string {
  const star = (): string =>
    circle(random.between(4, 316), random.between(4, 120), random.between(0.6, 1.7), '#ffffff', 'opacity="0.9"');
  return Array.from({ length: 45 }, star).join('');
}

function moon(random: Random): string {
  const [x, y] = [random.between(70, 250), random.between(28, 48)];
  const crescent = path(`M${x} ${y - 16}A16 16 0 1 0 ${x + 15} ${y + 6}A13 13 0 0 1 ${x} ${y - 16}Z`, '#f7f1d2');
  const full = circle(x, y, 16, '#f7f1d2') + circle(x + 5, y + 4, 3, '#e2d9b0') + circle(x - 6, y - 3, 4, '#e2d9b0');
  return glow('moon', x, y, 44, '#cdd8ff', 0.5) + (random.chance(0.6) ? crescent : full);
}
