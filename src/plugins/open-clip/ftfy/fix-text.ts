// From ftfy 6.3.1 (__init__.py, fixes.py, chardata.py), ported to TypeScript. See LICENSE beside this file.

import { decodeHTML, decodeHTMLStrict } from 'entities';
import { fixC1Controls, fixEncoding } from './fix-encoding.ts';

/**
 * What ftfy.fix_text (6.3, defaults) does to text. Each line is fixed until nothing changes. One thing is
 * otherwise: of more than 1,000 combining marks on end, which take long to be put in order, 1,000 are kept.
 */
export function fixText(text: string): string {
  let entities = true;
  return text.replace(/[^\n]*\n|[^\n]+$/g, (line) => {
    // A literal < says that this is HTML itself, from here to the end.
    entities &&= !line.includes('<');
    return fixLine(line, entities);
  });
}

function fixLine(line: string, entities: boolean): string {
  let fixed = line;
  for (;;) {
    const before = fixed;
    if (entities) fixed = fixed.replace(NESTED_AMPERSAND, '&').replace(/&#?[0-9A-Za-z]{1,24};/g, unescapeEntity);
    fixed = fixC1Controls(fixEncoding(fixed))
      .replace(LIGATURES, (c) => LIGATURE_LETTERS[c] ?? c)
      .replace(/\u3000/g, ' ')
      .replace(/[\uff01-\uffef]/g, (c) => c.normalize('NFKC'))
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n')
      .toWellFormed()
      .replace(TERMINAL_ESCAPES, '')
      .replace(CONTROL_CHARACTERS, '')
      .replace(/\p{M}+/gu, shortened)
      .normalize('NFC');
    if (fixed === before) return fixed;
  }
}

/** &amp;amp;amp; all at once: one by one, 100,000 characters of it would take minutes. */
const NESTED_AMPERSAND = /&(?:(?:amp|AMP|#0{0,20}38|#[xX]0{0,20}26);)+/g;

const LONGEST_RUN = 1000;

function shortened(marks: string): string {
  return marks.length > LONGEST_RUN ? [...marks].slice(0, LONGEST_RUN).join('') : marks;
}

/** References by number, and names that end in a semicolon, those in capitals too: &EACUTE; is É. */
function unescapeEntity(entity: string): string {
  if (entity.startsWith('&#')) {
    const character = unescapeHtml(entity);
    return character.includes(';') ? entity : character;
  }
  const character = decodeHTMLStrict(entity);
  if (character !== entity) return character;
  const lower = entity.toLowerCase();
  if (entity !== entity.toUpperCase() || decodeHTML(entity) !== entity) return entity;
  const decoded = decodeHTMLStrict(lower);
  return decoded === lower ? entity : decoded.toUpperCase();
}

/** Python's html.unescape: as HTML5 reads text, without the characters that no document may hold. */
export function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(?:x[0-9a-f]+|[0-9]+);?|[^\t\n\f <&#;]{1,32};?)/gi, (reference) => {
    const character = decodeHTML(reference);
    return reference.startsWith('&#') && FORBIDDEN.test(character) ? '' : character;
  });
}

/** Control characters, but for white space and those that Windows-1252 leaves open; and code points that are none. */
const FORBIDDEN = /^[[\p{Cc}--[\t\n\f\r\x81\x8d\x8f\x90\x9d]]\p{Noncharacter_Code_Point}]$/v;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const TERMINAL_ESCAPES = /\x1b\[[\d;]*[a-zA-Z]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL_CHARACTERS = /[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

const LIGATURE_LETTERS: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
};

const LIGATURES = new RegExp(`[${Object.keys(LIGATURE_LETTERS).join('')}]`, 'g');
