/**
 * Writes what is generated from the running schema: `schema.graphql`, the reference in `docs/`, and the typed documents
 * of the client. With `--check` it writes nothing and fails where a file is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';
import { clientOperations } from './tools/client-operations.ts';
import { schemaReference } from './tools/schema-reference.ts';

const check = process.argv.includes('--check');
const sdl = `${printSchema(schema)}\n`;
const documents = await readFile('src/client/documents.graphql', 'utf8');

const files = [
  { filename: 'schema.graphql', content: sdl },
  { filename: 'docs/reference.md', content: schemaReference(schema) },
  { filename: 'src/client/operations.ts', content: await clientOperations(sdl, documents) },
];
for (const { filename, content } of files) {
  if (!check) await writeFile(filename, content);
  else if ((await readFile(filename, 'utf8').catch(() => null)) !== content) {
    console.error(`${filename} is out of date: run npm run codegen.`);
    process.exitCode = 1;
  }
}
console.log(check ? 'Generated files were compared.' : `Wrote ${files.map(({ filename }) => filename).join(', ')}.`);
