import { COLOURS, OBJECTS, PLACES, type Scene, TIMES } from './scene.ts';

/**
 * Whether a scene has a combination that the model never sees in training: an object in one of two
 * colours (of 12), at one place (of 7), or, every other object, at one time of day (of 4). A
 * combination of three is held out where two of the three are.
 */
export function isHeldOut(scene: Partial<Scene>): boolean {
  if (scene.object === undefined) return false;
  const object = OBJECTS.indexOf(scene.object);
  const colour = scene.colour === undefined ? -1 : COLOURS.indexOf(scene.colour);
  const place = scene.place === undefined ? -1 : PLACES.indexOf(scene.place);
  const time = scene.time === undefined ? -1 : TIMES.indexOf(scene.time);
  return (
    (colour >= 0 && (object + colour) % 6 === 0) ||
    (place >= 0 && (object + place) % 7 === 3) ||
    (time >= 0 && (2 * time + object) % 8 === 0)
  );
}
