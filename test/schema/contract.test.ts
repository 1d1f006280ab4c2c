import { findBreakingChanges } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { schemaFacts } from '../../tools/schema-changes.ts';
import { promisedSchema } from './promised.ts';

const promised = await promisedSchema();

test('every type, field, argument, default, value, member and interface that was promised is there, exactly so', () => {
  const ours = new Set(schemaFacts(schema));
  expect(schemaFacts(promised).length).toBeGreaterThan(400);
  expect(schemaFacts(promised).filter((fact) => !ours.has(fact))).toEqual([]);
});

test('nothing that was added is asked of clients that know only what was promised', () => {
  expect(findBreakingChanges(promised, schema)).toEqual([]);
});
