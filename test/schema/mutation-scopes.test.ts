import SchemaBuilder from '@pothos/core';
import { getNamedType, isUnionType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { mutationOf, scopeOf } from '../../src/schema/mutation-scopes.ts';

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

describe('every mutation', () => {
  test.each(mutations)('$name says in its description what scope it needs', ({ name, description }) => {
    expect(description).toMatch(new RegExp(` Needs the scope \`${scopeOf(mutationOf(name))}\`\\.$`));
  });

  test.each(mutations)('$name may answer that it is forbidden', ({ type }) => {
    const union = getNamedType(type);
    expect(isUnionType(union) ? union.getTypes().map(String) : []).toContain('ForbiddenError');
  });

  test('that nobody gave a scope keeps the schema from being built', () => {
    for (const name of ['dropEverything', 'toString']) {
      const builder = new SchemaBuilder({ plugins: ['mutations'] });
      builder.queryType({ fields: (t) => ({ x: t.int({ resolve: () => 1 }) }) });
      builder.mutationType({ fields: (t) => ({ [name]: t.int({ resolve: () => 1 }) }) });
      expect(() => builder.toSchema()).toThrow(`The mutation ${name} has no scope`);
    }
  });
});
