// @ts-check
import sharp from 'sharp';
import { definePlugin, EmbeddingError } from 'viewfinder/plugin';
import { z } from 'zod';

const NAME = 'colour-histogram';

/**
 * A vector counts how much of a picture has which colour, in the cells of a grid in CIELAB: there, two colours are as
 * far apart as they look. A cell is 20 units wide; lightness goes from 0 to 100, and the other two from -100 to 100.
 */
const CELL = 20;
const LIGHTNESSES = 6;
const HUES = 11;
const DIMENSIONS = LIGHTNESSES * HUES * HUES;

/** What a text may speak of, as sRGB. */
const COLOURS = new Map([
  ['black', '#000000'],
  ['white', '#ffffff'],
  ['grey', '#808080'],
  ['gray', '#808080'],
  ['red', '#d01018'],
  ['orange', '#f08010'],
  ['yellow', '#f5e020'],
  ['green', '#209030'],
  ['turquoise', '#30c0c0'],
  ['blue', '#1840c0'],
  ['purple', '#702090'],
  ['pink', '#f090b0'],
  ['brown', '#704018'],
  ['beige', '#e0d0a8'],
]);
const LIGHTER = new Map([
  ['dark', -25],
  ['light', 25],
]);

export default definePlugin({
  apiVersion: 1,
  name: NAME,
  version: '1.0.0',
  description: 'Finds pictures by their colours: those of another picture, or of a text such as “red and white”.',
  functions: [NAME],
  modalities: ['image', 'text'],
  options: z.strictObject({
    side: z.int().min(8).max(512).default(64).describe('The picture is shrunk to so many pixels in each direction.'),
  }),
  availability: async () => ({ available: true }),
  models: async () => [{ name: NAME, dimensions: DIMENSIONS, installed: true }],
  locate: async () => ({ installed: true, name: NAME, dimensions: DIMENSIONS }),
  load: async ({ side }, { maxPixels }) => ({
    dimensions: DIMENSIONS,
    distance: 'l2',
    normalized: true,
    modalities: ['image', 'text'],
    maxBatch: { image: 64, text: 64 },
    maxConcurrency: 1,

    async prepareImage(bytes, { signal } = {}) {
      signal?.throwIfAborted();
      try {
        const picture = sharp(bytes, { limitInputPixels: maxPixels ?? true }).flatten({ background: 'white' });
        const small = picture.toColourspace('srgb').resize(side, side, { fit: 'fill' });
        return new Picture(await small.raw().toBuffer());
      } catch (cause) {
        throw new EmbeddingError('MEDIA_UNREADABLE', 'input', `The picture cannot be read: ${messageOf(cause)}.`);
      }
    },

    async embedImages(pictures, { signal } = {}) {
      signal?.throwIfAborted();
      return pictures.map((picture) => {
        if (!(picture instanceof Picture)) throw new TypeError('This picture is not prepared by this model.');
        const histogram = new Float64Array(DIMENSIONS);
        for (const colour of picture.colours()) count(histogram, lab(colour), 1);
        return vectorOf(histogram);
      });
    },

    async embedTexts(texts, { signal } = {}) {
      signal?.throwIfAborted();
      return texts.map((text) => {
        const histogram = new Float64Array(DIMENSIONS);
        for (const colour of coloursOf(text)) spread(histogram, colour);
        return vectorOf(histogram);
      });
    },

    async [Symbol.asyncDispose]() {},
  }),
});

/** The pixels of one picture, three bytes each. */
class Picture {
  /** @param {Uint8Array} pixels */
  constructor(pixels) {
    this.pixels = pixels;
  }

  *colours() {
    for (let i = 0; i < this.pixels.length; i += 3) yield this.pixels.subarray(i, i + 3);
  }
}

/**
 * What a text names, in CIELAB.
 *
 * @param {string} text such as `dark blue and white`
 */
function coloursOf(text) {
  /** @type {number[][]} */
  const colours = [];
  let lighter = 0;
  for (const word of text.toLowerCase().split(/[^\p{L}]+/u)) {
    const hex = COLOURS.get(word);
    if (hex !== undefined) {
      const [lightness = 0, ...hue] = lab(Buffer.from(hex.slice(1), 'hex'));
      colours.push([lightness + lighter, ...hue]);
    }
    lighter = LIGHTER.get(word) ?? 0;
  }
  if (colours.length > 0) return colours;
  const known = Array.from(COLOURS.keys()).join(', ');
  throw new EmbeddingError('MODEL_REFUSED', 'input', `“${text.slice(0, 80)}” names no colour. It may name ${known}.`);
}

/**
 * A name stands for all colours around its own.
 *
 * @param {Float64Array} histogram
 * @param {readonly number[]} colour in CIELAB
 */
function spread(histogram, [lightness = 0, a = 0, b = 0]) {
  const steps = [-CELL, 0, CELL];
  for (const dl of steps) {
    for (const da of steps) {
      for (const db of steps) count(histogram, [lightness + dl, a + da, b + db], dl || da || db ? 0.1 : 1);
    }
  }
}

/**
 * Shares a colour among the eight cells whose centres are around it, so that a small change of it is a small change
 * of the vector.
 *
 * @param {Float64Array} histogram
 * @param {readonly number[]} colour in CIELAB
 * @param {number} weight
 */
function count(histogram, [lightness = 0, a = 0, b = 0], weight) {
  for (const [l, wl] of cells(lightness / CELL, LIGHTNESSES)) {
    for (const [i, wa] of cells(a / CELL + (HUES - 1) / 2, HUES)) {
      for (const [j, wb] of cells(b / CELL + (HUES - 1) / 2, HUES)) {
        const cell = (l * HUES + i) * HUES + j;
        histogram[cell] = (histogram[cell] ?? 0) + weight * wl * wa * wb;
      }
    }
  }
}

/**
 * @param {number} place
 * @param {number} cells how many there are
 * @returns {[number, number][]} two cells, and the share of each
 */
function cells(place, cells) {
  const inside = Math.min(Math.max(place, 0), cells - 1);
  const first = Math.min(Math.floor(inside), cells - 2);
  return [
    [first, 1 - (inside - first)],
    [first + 1, inside - first],
  ];
}

/**
 * Of length 1. The square roots make the product of two vectors the share of colours that their pictures have in common
 * (Bhattacharyya’s coefficient), and keep a large background from hiding all else.
 *
 * @param {Float64Array} histogram
 */
function vectorOf(histogram) {
  const sum = histogram.reduce((total, value) => total + value, 0);
  return Float32Array.from(histogram, (value) => Math.sqrt(value / sum));
}

/**
 * sRGB, from 0 to 255, in CIELAB under D65.
 *
 * @param {Uint8Array} colour
 */
function lab(colour) {
  const [r = 0, g = 0, b = 0] = Array.from(colour, (level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [x = 0, y = 0, z = 0] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** @param {unknown} cause */
function messageOf(cause) {
  return cause instanceof Error ? cause.message : String(cause);
}
