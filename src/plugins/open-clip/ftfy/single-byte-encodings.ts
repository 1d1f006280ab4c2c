// From ftfy 6.3.1 (chardata.py, bad_codecs/sloppy.py), ported to TypeScript. See LICENSE beside this file.

/**
 * An encoding of one byte a character, in which text may have been read by mistake. Bytes are kept as
 * strings of the characters U+0000 to U+00FF, so that regular expressions can look through them.
 */
export class SingleByteEncoding {
  readonly name: string;
  /** Bytes that the encoding leaves open stand for themselves, and U+FFFD is the byte 0x1A. */
  readonly sloppy: boolean;
  readonly #bytes = new Map<string, string>();

  /** @param high what the bytes 0x80 to 0xFF stand for */
  constructor(name: string, high: string, sloppy: boolean) {
    this.name = name;
    this.sloppy = sloppy;
    for (let byte = 0; byte < 0x80; byte++) this.#bytes.set(String.fromCharCode(byte), String.fromCharCode(byte));
    if (sloppy) {
      this.#bytes.delete('\x1a');
      this.#bytes.set('\ufffd', '\x1a');
    }
    for (const [i, character] of [...high].entries()) {
      const byte = String.fromCharCode(0x80 + i);
      this.#bytes.set(character === '\ufffd' ? byte : character, byte);
    }
  }

  /** The bytes of a text; undefined where it has a character that the encoding lacks. */
  readonly encode = (text: string): string | undefined => {
    let bytes = '';
    for (const character of text) {
      const byte = this.#bytes.get(character);
      if (byte === undefined) return undefined;
      bytes += byte;
    }
    return bytes;
  };
}

const HIGH_BYTES = Uint8Array.from({ length: 128 }, (_, i) => 0x80 + i);

function known(name: string, label: string, sloppy: boolean): SingleByteEncoding {
  return new SingleByteEncoding(name, new TextDecoder(label).decode(HIGH_BYTES), sloppy);
}

const CODE_PAGE_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\xa0';

/** In the order in which they are tried. */
export const SINGLE_BYTE_ENCODINGS: readonly SingleByteEncoding[] = [
  new SingleByteEncoding('latin-1', String.fromCharCode(...HIGH_BYTES), false),
  known('windows-1252', 'windows-1252', true),
  known('windows-1251', 'windows-1251', true),
  known('windows-1250', 'windows-1250', true),
  known('windows-1253', 'windows-1253', true),
  known('windows-1254', 'windows-1254', true),
  known('windows-1257', 'windows-1257', true),
  known('iso-8859-2', 'iso-8859-2', false),
  known('macroman', 'macintosh', false),
  new SingleByteEncoding('cp437', CODE_PAGE_437, false),
];
