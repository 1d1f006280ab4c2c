import { readFile } from 'node:fs/promises';
import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { schemaChanges } from '../../tools/schema-changes.ts';

const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');

/** What is said of a schema that differs from the committed one in this alone. */
function changed(from: string, to: string) {
  expect(committed.includes(from), from).toBe(true);
  return schemaChanges(buildSchema(committed), buildSchema(committed.replace(from, to)));
}

test('the committed schema breaks no client of itself', () => {
  expect(schemaChanges(buildSchema(committed), schema)).toEqual({ breaking: [], dangerous: [] });
});

describe('a change that breaks clients is named:', () => {
  test.each([
    ['a field that is gone', '  """Items it has now."""\n  itemCount: Int!\n', '', 'Dataset.itemCount was removed.'],
    [
      'a field that may be null',
      'itemCount: Int!',
      'itemCount: Int',
      'Dataset.itemCount changed type from Int! to Int.',
    ],
    [
      'a value that is gone',
      '  """Replace it: its vectors are gone. Needs the scope `admin`."""\n  OVERWRITE\n',
      '',
      'OVERWRITE was removed',
    ],
    [
      'an error that is gone',
      'ConflictError | CreateEmbeddingTablePayload',
      'CreateEmbeddingTablePayload',
      'ConflictErr',
    ],
    [
      'an input that is required',
      '  type: String\n}\n\n"""\nThe job',
      '  type: String!\n}\n\n"""\nThe job',
      'from String to String!',
    ],
    [
      'an argument that is gone',
      '    """Only those in one of these states."""\n    states: [EmbeddingJobState!]\n',
      '',
      'states was removed',
    ],
    ['another default of an argument', 'first: Int! = 24', 'first: Int! = 25', 'Dataset.search(first:) = 24'],
    ['a default that is gone', 'recompute: Boolean! = false', 'recompute: Boolean!', 'recompute = false'],
    ['an input of which one is to be chosen', 'input OrderBy {', 'input OrderBy @oneOf {', 'OrderBy @oneOf takes one'],
  ])('%s', (_what, from, to, description) => {
    expect(changed(from, to).breaking).toEqual([expect.stringContaining(description)]);
  });
});

test('what is added breaks nothing, and is told where clients may not expect it', () => {
  const field = changed('  itemCount: Int!\n', '  itemCount: Int!\n  newCount: Int!\n');
  expect(field).toEqual({ breaking: [], dangerous: [] });
  const value = changed('  OVERWRITE\n', '  OVERWRITE\n  APPEND\n');
  expect(value).toEqual({ breaking: [], dangerous: [expect.stringContaining('APPEND was added')] });
});
