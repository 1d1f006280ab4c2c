// From ftfy 6.3.1 (badness.py, chardata.py), ported to TypeScript. See LICENSE beside this file.

const C1 = '\\x80-\\x9f';
const COMMON = '\\xa0\\xad´·–-―’…';
const BAD = '¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\\ufffd';
const LAW = '§¶';
const CURRENCY = '¢£¥₧€';
const START = '¡©«¿΄΅‘‚“„•‹\\uf8ff';
const END = '®»˝”›™';
const NUMERIC = '±-³µ¹¼-¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥';
const KAOMOJI = '°Ò-ÖÙ-Üò-öø-üŌŐŪŲ';
const UPPER = 'À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ';
const LOWER = 'ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ';
const UPPER_COMMON = 'ÞΆΈ-ΊΌΎΏΑ-ΫЁ-Я';
const LOWER_COMMON = 'ά-ωа-џ';
const BOX = '│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓';

/** White space, as Python's \s has it. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

/** Characters that hardly ever stand side by side but where UTF-8 was read as something else. */
const BADNESS = new RegExp(
  [
    `[${C1}]`,
    `[${BAD}${LOWER}${UPPER}${BOX}${START}${END}${CURRENCY}${NUMERIC}${LAW}][${BAD}]`,
    `[a-zA-Z][${LOWER_COMMON}${UPPER_COMMON}][${BAD}]`,
    `[${BAD}][${LOWER}${UPPER}${BOX}${START}${END}${CURRENCY}${NUMERIC}${LAW}]`,
    `[${LOWER}${LOWER_COMMON}${BOX}${END}${CURRENCY}${NUMERIC}][${UPPER}]`,
    `[${BOX}${END}${CURRENCY}${NUMERIC}][${LOWER}]`,
    `[${LOWER}${BOX}${END}][${CURRENCY}]`,
    `${SPACE}[${UPPER}][${CURRENCY}]`,
    `[${UPPER}${BOX}][${NUMERIC}${LAW}]`,
    `[${LOWER}${UPPER}${BOX}${CURRENCY}${END}][${START}][${NUMERIC}]`,
    `[${LOWER}${UPPER}${CURRENCY}${NUMERIC}${BOX}${LAW}][${END}][${START}]`,
    `[${CURRENCY}${NUMERIC}${BOX}][${START}]`,
    `[a-z][${UPPER}][${START}${CURRENCY}]`,
    `[${BOX}][${KAOMOJI}]`,
    `[${LOWER}${UPPER}${CURRENCY}${NUMERIC}${START}${END}${LAW}][${BOX}]`,
    `[${BOX}][${END}]`,
    `[${LOWER}${UPPER}][${START}${END}][\\p{L}\\p{N}_]`,
    '[Œœ][^A-Za-z]',
    `[${UPPER}]°`,
    // Two characters of Windows-1252 that none of these covers.
    `[ÂÃÎÐ][€œŠš¢£Ÿž\\xa0\\xad®©°·»${START}${END}–—´]`,
    '×[²³]',
    // Arabic in Windows-1252: its second characters are common, so four are wanted.
    `[ØÙ][${COMMON}${CURRENCY}${BAD}${NUMERIC}${START}ŸŠ®°µ»][ØÙ][${COMMON}${CURRENCY}${BAD}${NUMERIC}${START}ŸŠ®°µ»]`,
    // Alphabets of South Asia in Windows-1252.
    'à[²µ¹¼½¾]',
    // MacRoman.
    '√[±∂†≠®™´≤≥¥µø]|≈[°¢]|‚Ä[ìîïòôúùû†°¢π]|‚[âó][àä°ê]',
    // Windows-1251.
    `вЂ|[ВГРС][${C1}${BAD}${START}${END}${CURRENCY}°µ][ВГРС]|ГўВЂВ[^\\n][A-Za-z ]`,
    // à and á and the no-break space in Windows-1252, the latter read as a space as well.
    `Ã[\\xa0¡]|[a-z]${SPACE}?[ÃÂ] |^[ÃÂ] |[a-z.,?!${END}]Â[ ${START}${END}]`,
    // Windows-1253.
    `β€[™\\xa0Ά\\xad®°]|[ΒΓΞΟ][${C1}${BAD}${START}${END}${CURRENCY}°][ΒΓΞΟ]`,
    // Windows-1257.
    'ā€',
  ].join('|'),
  'u',
);

/** Whether a text looks as if it had been decoded from the wrong encoding somewhere. */
export function looksLikeMojibake(text: string): boolean {
  return BADNESS.test(text);
}

/** What the bytes of UTF-8 sequences become in the encodings of one byte a character. */
const FIRST_OF_2 = 'Â-ßĀĂĆČĎĐĒĖĘĚĞĢĪİĶĹĻŁŃŅŇŌŐŘŚŞŠŢŪŮŰŲŹŻŽΒ-ΡΣ-ίВ-Я';
const FIRST_OF_3 = 'à-ïāăąćčďēėęěģīįķĺļŕźΰ-οа-п';
const FIRST_OF_4 = 'ðóđğšπσру';
const CONTINUATION_STRICT = '\\x80-¿ÆØæøĄąĽľŁłŒœŖŗŚśŞ-šŤťŸ-žƒˆˇ˘˛-˝΄-ΆΈ-ΊΌΎΏЁ-ЌЎЏё-ќўџҐґ†‡‰‹›€№™';
const CONTINUATION = ` ${CONTINUATION_STRICT}–-―‘-‚“-„•…`;

/** Sequences that look like UTF-8 read as something else, inside of a text that is not so as a whole. */
export const UTF8_SEQUENCES = new RegExp(
  `(?<![${CONTINUATION_STRICT}])(?:[${FIRST_OF_2}][${CONTINUATION}]|[${FIRST_OF_3}][${CONTINUATION}]{2}|[${FIRST_OF_4}][${CONTINUATION}]{3})+`,
  'gu',
);
