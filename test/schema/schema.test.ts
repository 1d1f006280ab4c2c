import { readFile } from 'node:fs/promises';
import {
  type GraphQLDirective,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';

describe('the schema', () => {
  test('describes every type, field, argument, value, input field and directive', () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
    expect(types.flatMap(undescribed)).toEqual([]);
    expect(schema.getDirectives().flatMap(undescribedDirective)).toEqual([]);
  });

  test('lets exactly one way be chosen where a dataset, views or a query are named', () => {
    for (const name of ['DatasetBy', 'ViewSelection', 'SearchQuery']) {
      expect(schema.getType(name), name).toMatchObject({ isOneOf: true });
    }
  });

  test("is what the tutorial's operations are written for", async () => {
    const source = await readFile(new URL('../../src/server/tutorial.graphql', import.meta.url), 'utf8');
    expect(validate(schema, parse(source))).toEqual([]);
  });
});

/** Paths of what has no description, within a type. */
function undescribed(type: GraphQLNamedType): string[] {
  const parts: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type)) for (const value of type.getValues()) parts.push([`${type}.${value.name}`, value.description]);
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) parts.push([`${type}.${field.name}`, field.description]);
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      parts.push([`${type}.${field.name}`, field.description]);
      for (const arg of field.args) parts.push([`${type}.${field.name}(${arg.name})`, arg.description]);
    }
  }
  return withoutDescription(parts);
}

function undescribedDirective({ name, description, args }: GraphQLDirective): string[] {
  return withoutDescription([
    [`@${name}`, description],
    ...args.map((arg): [string, string | null | undefined] => [`@${name}(${arg.name})`, arg.description]),
  ]);
}

function withoutDescription(parts: readonly [string, string | null | undefined][]): string[] {
  return parts.filter(([, description]) => !description?.trim()).map(([path]) => path);
}
