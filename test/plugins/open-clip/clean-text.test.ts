import { expect, test } from 'vitest';
import { type Cleaning, cleanText } from '../../../src/plugins/open-clip/clean-text.ts';

// What ftfy 6.3 and open_clip 3.3 make of these.
test.each<[Cleaning, string, string]>([
  ['lower', '  Microscope!! ', 'microscope!!'],
  ['whitespace', '  Two\t\n Words\u2003', 'Two Words'],
  ['canonicalize', "A_b, Don't-stop; (it's) 42.5%", 'a b dontstop its 425'],
  ['lower', '&lt;html&gt; &amp;amp; &nbsp;x', '<html> & x'],
  ['lower', '<b> &EACUTE; &eacute;', '<b> &eacute; é'],
  ['lower', '&EACUTE;t&eacute', 'été'],
  ['whitespace', '“curly” ‘quotes’', '"curly" \'quotes\''],
  ['whitespace', 'ﬁne ﬂuid ＬＯＵＤ　ﾀｰﾝ', 'fine fluid LOUD ターン'],
  ['whitespace', 'cafe\u0301', 'café'],
  ['whitespace', 'a\u0007b\ufeffc\u001b[31md', 'abcd'],
  ['whitespace', '½ № ①', '½ № ①'],
  ['whitespace', '&#128;&#1;&#x27;', "€'"],
  ['whitespace', 'a\u0085b\u0096c', 'a…b–c'],
  ['whitespace', 'naÃ¯ve â€œquotedâ€\u009d', 'naïve "quoted"'],
  ['whitespace', 'РџСЂРёРІРµС‚, voilÃ  le travail', 'Привет, voilà le travail'],
])('%s: %j becomes %j', (cleaning, text, cleaned) => {
  expect(cleanText(text, cleaning)).toBe(cleaned);
});
