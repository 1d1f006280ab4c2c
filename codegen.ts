/**
 * Writes what is generated from the running schema: `schema.graphql`, the reference in `docs/`, and the typed documents
 * of the client. It does not write a schema that breaks clients of the one that is there, unless `--allow-breaking` says
 * that this is meant.
 *
 * With `--check` it writes nothing and fails where a file is out of date, saying what would break; with
 * `--against COMMIT` also where the API breaks clients of that commit's, such as the branch that is merged into.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildSchema, printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';
import { clientOperations } from './tools/client-operations.ts';
import { schemaChanges } from './tools/schema-changes.ts';
import { schemaReference } from './tools/schema-reference.ts';

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
const documents = await readFile('src/client/documents.graphql', 'utf8');

let mayWrite = true;
const committed = await readFile('schema.graphql', 'utf8').catch(() => null);
if (committed !== null && committed !== sdl) mayWrite = tellChanges('schema.graphql', committed);
if (against !== undefined) {
  const before = execFileSync('git', ['show', `${against}:schema.graphql`], { encoding: 'utf8' });
  mayWrite = tellChanges(`schema.graphql of ${against}`, before) && mayWrite;
}

const files = [
  { filename: 'schema.graphql', content: sdl },
  { filename: 'docs/reference.md', content: schemaReference(schema) },
  { filename: 'src/client/operations.ts', content: await clientOperations(sdl, documents) },
];
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
