import sharp from 'sharp';

/** Files that are no pictures, or not whole, or of more than so many pixels. */
export async function badPictures(
  good: Uint8Array,
  maxPixels: number,
): Promise<readonly { readonly what: string; readonly bytes: Uint8Array }[]> {
  const side = Math.ceil(Math.sqrt(maxPixels)) + 1;
  const large = sharp({ create: { width: side, height: side, channels: 3, background: '#345' } });
  return [
    { what: 'an empty file', bytes: new Uint8Array() },
    { what: 'a file of text', bytes: new TextEncoder().encode('This is no picture.\n'.repeat(20)) },
    { what: 'the first bytes of a picture', bytes: good.slice(0, 24) },
    { what: `a picture of more than ${maxPixels} pixels`, bytes: await large.png().toBuffer() },
  ];
}

/** By what is hard about them. */
export const HARD_TEXTS = {
  'an empty text': '',
  'a text of spaces': ' \n\t ',
  'a text of 5,000 words': 'word '.repeat(5000),
  'a text in many scripts': 'Ünïcödé 漢字 العربية עברית 👩‍👩‍👧‍👦 \u{1F1EB}\u{1F1F7}',
  'a text with control characters': 'a\u0000b\u0007c\u200B\uFEFF',
  'half a surrogate pair': '\uD83D',
} as const;
