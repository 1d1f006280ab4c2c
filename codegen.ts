/**
 * Writes what is generated from the running schema: `schema.graphql`, and typed documents for the
 * tutorial's operations. It does not write a schema that breaks clients of the one that is there, unless
 * `--allow-breaking` says that this is meant.
 *
 * With `--check` it writes nothing and fails where a file is out of date, saying what would break; with
 * `--against COMMIT` also where the API breaks clients of that commit's, such as the branch that is merged into.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { generate } from '@graphql-codegen/cli';
import { buildSchema, printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';
import { schemaChanges } from './tools/schema-changes.ts';

const {
  check,
  against,
  'allow-breaking': allowBreaking,
} = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    against: { type: 'string' },
    'allow-breaking': { type: 'boolean', default: false },
  },
}).values;
const sdl = `${printSchema(schema)}\n`;

let mayWrite = true;
const committed = await readFile('schema.graphql', 'utf8').catch(() => null);
if (committed !== null && committed !== sdl) mayWrite = tellChanges('schema.graphql', committed);
if (against !== undefined) {
  const before = execFileSync('git', ['show', `${against}:schema.graphql`], { encoding: 'utf8' });
  mayWrite = tellChanges(`schema.graphql of ${against}`, before) && mayWrite;
}

const documents: { filename: string; content: string }[] = await generate(
  {
    schema: sdl,
    documents: 'src/server/tutorial.graphql',
    generates: {
      'test/graphql/': {
        preset: 'client',
        presetConfig: { fragmentMasking: false },
        config: {
          useTypeImports: true,
          enumsAsTypes: true,
          scalars: { DateTime: 'string', JSON: 'unknown' },
        },
      },
    },
    importExtension: '.ts',
    silent: true,
  },
  false,
);

const files = [{ filename: 'schema.graphql', content: sdl }, ...documents];
for (const { filename, content } of files) {
  if (!check && mayWrite) await writeFile(filename, content);
  else if ((await readFile(filename, 'utf8').catch(() => null)) !== content) {
    console.error(`${filename} is out of date: run npm run codegen.`);
    process.exitCode = 1;
  }
}
if (check) console.log('Generated files were compared.');
else if (mayWrite) console.log(`Wrote ${files.map(({ filename }) => filename).join(', ')}.`);
else console.error('Nothing was written. Where this is meant, run npm run codegen -- --allow-breaking.');

/** Says what has changed for clients; false where that is refused. */
function tellChanges(name: string, before: string): boolean {
  const { breaking, dangerous } = schemaChanges(buildSchema(before), schema);
  for (const change of dangerous) console.error(`Clients of ${name} should know: ${change}`);
  for (const change of breaking) console.error(`Clients of ${name} break: ${change}`);
  if (breaking.length === 0 || allowBreaking) return true;
  process.exitCode = 1;
  return false;
}
