// From ftfy 6.3.1 (__init__.py, fixes.py, bad_codecs/utf8_variants.py), ported to TypeScript. See LICENSE beside this file.

import { looksLikeMojibake, UTF8_SEQUENCES } from './mojibake.ts';
import { SINGLE_BYTE_ENCODINGS } from './single-byte-encodings.ts';

/** ftfy.fix_encoding: undoes that UTF-8 was decoded as one of ten older encodings, once or several times. */
export function fixEncoding(text: string): string {
  let fixed = text;
  for (;;) {
    const before = fixed;
    fixed = fixOnce(before);
    if (fixed === before) return fixed;
  }
}

function fixOnce(text: string): string {
  if (ASCII.test(text) || !looksLikeMojibake(text)) return text;
  for (const { name, sloppy, encode } of SINGLE_BYTE_ENCODINGS) {
    const bytes = encode(text);
    if (bytes === undefined) continue;
    const restored = name === 'macroman' ? bytes : restoreByteA0(bytes);
    const decoded = decodeUtf8(sloppy ? restored.replace(LOSSY_UTF8, REPLACEMENT_BYTES) : restored);
    if (decoded !== undefined) return decoded;
  }
  const fixed = text.replace(UTF8_SEQUENCES, (part) =>
    part.length < text.length && looksLikeMojibake(part) ? fixEncoding(part) : part,
  );
  return fixed === text ? fixC1Controls(text) : fixed;
}

/** Control characters that are what Windows-1252 has in their places, as browsers read them. */
export function fixC1Controls(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (c) => WINDOWS_1252.decode(Uint8Array.of(c.charCodeAt(0))));
}

const WINDOWS_1252 = new TextDecoder('windows-1252');

/** Puts back a byte 0xA0 of a UTF-8 sequence that was taken for a space. */
function restoreByteA0(bytes: string): string {
  return bytes
    .replace(/\xc3 (?! |quele|quela|quilo|s )/g, '\xc3\xa0 ')
    .replace(ALTERED_UTF8, (sequence) => sequence.replaceAll(' ', '\xa0'));
}

const ALTERED_UTF8 =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf]{2}|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf]{2} /g;

/** UTF-8 sequences that lost a byte: 0x1A, or a question mark, stands for it. */
const LOSSY_UTF8 =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\xc2-\xdf]\x1a|[\xc2\xc3]\?|\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]|\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]|[\xe0-\xef][\x1a?][\x1a\x80-\xbf]|[\xe0-\xef][\x1a\x80-\xbf][\x1a?]|[\xf0-\xf4][\x1a?][\x1a\x80-\xbf]{2}|[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]|[\xf0-\xf4][\x1a\x80-\xbf]{2}[\x1a?]|\x1a/g;

/** U+FFFD in UTF-8. */
const REPLACEMENT_BYTES = '\xef\xbf\xbd';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ASCII = /^[\x00-\x7f]*$/;

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 with the variants of CESU-8 and of Java (the character 0 in two bytes); undefined where it is none. */
function decodeUtf8(bytes: string): string | undefined {
  const plain = bytes
    .replaceAll('\xc0\x80', '\0')
    .replace(/\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]/g, (pair) => {
      const [high, low] = [pair.slice(0, 3), pair.slice(3)].map(codeUnit);
      return Buffer.from(String.fromCharCode(high ?? 0, low ?? 0)).toString('latin1');
    });
  try {
    return UTF_8.decode(Buffer.from(plain, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The UTF-16 code unit that three bytes encode. */
function codeUnit(bytes: string): number {
  return ((bytes.charCodeAt(0) & 0x0f) << 12) | ((bytes.charCodeAt(1) & 0x3f) << 6) | (bytes.charCodeAt(2) & 0x3f);
}
