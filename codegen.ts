/**
 * Writes what is generated from the running schema: `schema.graphql`, and typed documents for the
 * tutorial's operations. With `--check` it writes nothing and fails where a file is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { generate } from '@graphql-codegen/cli';
import { printSchema } from 'graphql';
import { schema } from './src/schema/index.ts';

const check = process.argv.includes('--check');
const sdl = `${printSchema(schema)}\n`;

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
  if (!check) await writeFile(filename, content);
  else if ((await readFile(filename, 'utf8').catch(() => null)) !== content) {
    console.error(`${filename} is out of date: run npm run codegen.`);
    process.exitCode = 1;
  }
}
console.log(check ? 'Generated files were compared.' : `Wrote ${files.map(({ filename }) => filename).join(', ')}.`);
