import { describe, expect, test } from 'vitest';
import { type MediaRequest, mediaPath, parseMediaPath } from '../../src/schema/media-path.ts';

const view = { table: 'image', id: 'a/b ?#%é' };

describe('the address of a medium', () => {
  test.each<[MediaRequest, string]>([
    [{ kind: 'media', folder: 'my set', view }, '/media/my%20set/image/a%2Fb%20%3F%23%25%C3%A9'],
    [{ kind: 'thumbnail', size: 256, folder: 'x', view }, '/thumbnail/256/x/image/a%2Fb%20%3F%23%25%C3%A9'],
    [{ kind: 'preview', folder: 'x' }, '/preview/x'],
  ])('of %j leads back to it', (request, path) => {
    expect(mediaPath(request)).toBe(path);
    expect(parseMediaPath(path)).toEqual(request);
  });

  test.each(['', '.', '..'])('of a view with the id "%s" is none', (id) => {
    expect(mediaPath({ kind: 'media', folder: 'x', view: { table: 'image', id } })).toBeNull();
  });

  test.each([
    '/',
    '/media',
    '/media/x/image',
    '/media/x/image/',
    '/media/x/image/a/b',
    '/media/x/%ff/a',
    '/thumbnail/300/x/image/a',
    '/thumbnail/256/x/image',
    '/preview/x/y',
    '/graphql',
  ])('is not %s', (path) => {
    expect(parseMediaPath(path)).toBeNull();
  });
});
