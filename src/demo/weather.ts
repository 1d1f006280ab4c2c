import { mix } from './paint.ts';
import type { Random } from './random.ts';
import type { Scene, Time, Weather } from './scene.ts';
import { circle, ellipse, fadingIn, line } from './shapes.ts';

/** Clouds, behind everything that stands on the ground. */
export function drawClouds({ weather, time }: Scene, random: Random): string {
  const [shade, most] = CLOUDS[weather];
  const count = weather === 'clear' ? random.below(most) : most;
  const colour = mix(shade, CLOUD_TINTS[time][0], CLOUD_TINTS[time][1]);
  const cloud = (index: number): string => {
    const x = count > 2 ? ((index + random.next()) * 320) / count : random.between(20, 300);
    return puff(x, random.between(14, 70), random.between(0.7, 1.1) * (weather === 'cloudy' ? 1.4 : 1.1), colour);
  };
  return Array.from({ length: count }, (_, index) => cloud(index)).join('');
}

/** The colour of the clouds by day, and the most there are. */
const CLOUDS: Record<Weather, readonly [string, number]> = {
  clear: ['#ffffff', 2],
  cloudy: ['#e6eaef', 11],
  rainy: ['#5f6975', 9],
  snowy: ['#c9d1da', 6],
  foggy: ['#dfe4e8', 2],
};

/** Rain or snow, before the scenery. */
export function drawWeather({ weather, time }: Scene, random: Random): string {
  const dim = time === 'night' ? 0.75 : 1;
  if (weather === 'rainy') {
    const drop = (): string => {
      const [x, y, length] = [random.between(-10, 330), random.between(-10, 240), random.between(9, 17)];
      return line(`M${x} ${y}l${-length * 0.35} ${length}`, '#e6f2ff', 1.5, `opacity="${0.7 * dim}"`);
    };
    return Array.from({ length: 120 }, drop).join('');
  }
  if (weather === 'snowy') {
    const flake = (): string =>
      circle(random.between(0, 320), random.between(0, 240), random.between(1.2, 3.2), '#ffffff', `opacity="${dim}"`);
    return Array.from({ length: 110 }, flake).join('');
  }
  return '';
}

/** Banks of fog: thick behind the object, thin before it. */
export function drawFog({ weather, time }: Scene, random: Random, thickness: number): string {
  if (weather !== 'foggy') return '';
  const colour = mix('#f4f6f8', CLOUD_TINTS[time][0], CLOUD_TINTS[time][1] * 0.8);
  const bank = (): string =>
    ellipse(
      random.between(0, 320),
      random.between(90, 220),
      random.between(70, 140),
      random.between(7, 14),
      colour,
      `opacity="${thickness}"`,
    );
  return (
    fadingIn(`fog${Math.round(thickness * 100)}`, colour, thickness * 0.8) + Array.from({ length: 9 }, bank).join('')
  );
}

/** What the hour mixes into a cloud, and how much of it. */
const CLOUD_TINTS: Record<Time, readonly [string, number]> = {
  morning: ['#ffe3d3', 0.4],
  day: ['#ffffff', 0],
  evening: ['#a8406e', 0.5],
  night: ['#111a42', 0.68],
};

function puff(x: number, y: number, size: number, colour: string): string {
  const parts = [
    ellipse(x, y, 30 * size, 11 * size, colour),
    circle(x - 12 * size, y - 7 * size, 12 * size, colour),
    circle(x + 9 * size, y - 10 * size, 15 * size, colour),
  ];
  return `<g opacity="0.92">${parts.join('')}</g>`;
}
