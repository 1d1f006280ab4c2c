/** A PNG of 16 x 16 pixels, which no working model fails on. */
export const PLAIN_PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAHUlEQVR42mNIaFhAEmIY1UATDScWJJCERjXQRAMAyxmkEFWne3AAAAAASUVORK5CYII=',
  'base64',
);
