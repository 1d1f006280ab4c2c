import { lightOf } from './light.ts';
import { drawObject } from './object.ts';
import { SETTINGS } from './place.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import { drawSky } from './sky.ts';
import { drawClouds, drawFog, drawWeather } from './weather.ts';

/** Width and height of a picture in pixels. */
export const SIZE = { width: 320, height: 240 } as const;

/**
 * A scene as an SVG document of 320 x 240 pixels. `random` decides where things stand and how
 * they look in detail: the same scene with the same random numbers is the same picture.
 */
export function drawScene(scene: Scene, random: Random): string {
  const light = lightOf(scene.time, scene.weather);
  const layers = [
    drawSky(scene, random),
    drawClouds(scene, random),
    SETTINGS[scene.place](light, random),
    drawFog(scene, random, 0.5),
    drawObject(scene, light, random),
    drawFog(scene, random, 0.14),
    drawWeather(scene, random),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${SIZE.height}" viewBox="0 0 320 240">` +
    `${layers.join('')}</svg>`
  );
}
