/**
 * Writes the table of all settings into docs/operations.md, from their declaration. With `--check` it writes nothing and
 * fails where the table is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { SETTINGS } from '../src/cli/setting.ts';

const FILE = 'docs/operations.md';
const BEGIN = '<!-- settings: written by npm run codegen -->\n';
const END = '<!-- end of settings -->';

const rows = SETTINGS.map(({ key, variable, flag, values, standard, description }) => {
  const names = [key, variable, ...(flag === undefined ? [] : [flag])].map((name) => `\`${name}\``).join('<br>');
  const usual =
    standard === undefined ? '' : `\`${typeof standard === 'string' ? standard : JSON.stringify(standard)}\``;
  return `| ${[names, description, values, usual].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
});
const table = `| Setting | | Values | Default |\n|---|---|---|---|\n${rows.join('')}`;

const text = await readFile(FILE, 'utf8');
const [before = '', rest] = text.split(BEGIN);
const [, after] = rest?.split(END) ?? [];
if (after === undefined) throw new Error(`${FILE} has no place for the settings.`);
const whole = [before, BEGIN, table, END, after].join('');
if (!process.argv.includes('--check')) await writeFile(FILE, whole);
else if (whole !== text) {
  console.error(`The settings in ${FILE} are out of date: run npm run codegen.`);
  process.exitCode = 1;
}
