import {
  astFromValue,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isUnionType,
  print,
} from 'graphql';

export interface SchemaChanges {
  /** What operations that were written against the schema before may no longer find, or find to mean something else. */
  readonly breaking: readonly string[];
  /** What breaks clients that do not expect it, such as a new value of an enum. */
  readonly dangerous: readonly string[];
}

/** A default that changes is told above; an option that is added takes nobody by surprise. */
const UNEXPECTED: ReadonlySet<string> = new Set(['VALUE_ADDED_TO_ENUM', 'TYPE_ADDED_TO_UNION']);

/** What has changed for clients, a sentence each. */
export function schemaChanges(before: GraphQLSchema, after: GraphQLSchema): SchemaChanges {
  const [had, has] = [new Set(schemaFacts(before)), new Set(schemaFacts(after))];
  // Of these graphql-js says nothing, or that an argument's default may matter.
  const defaults = Array.from(had).filter((fact) => fact.includes(' = ') && !has.has(fact));
  const oneOf = Array.from(has).filter((fact) => fact.endsWith('@oneOf') && !had.has(fact));
  const types = before.getTypeMap();
  return {
    breaking: [
      ...findBreakingChanges(before, after).map(({ description }) => description),
      ...defaults.map((fact) => `The default was ${fact}, and is that no longer.`),
      ...oneOf.flatMap((fact) => ((fact.split(' ')[0] ?? '') in types ? [`${fact} takes one field alone now.`] : [])),
    ],
    dangerous: findDangerousChanges(before, after)
      .filter(({ type }) => UNEXPECTED.has(type))
      .map(({ description }) => description),
  };
}

/** All that a schema promises, descriptions apart: one line for each thing that a client can rely on. */
export function schemaFacts(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => (isIntrospectionType(type) ? [] : factsOf(type)));
}

function factsOf(type: GraphQLNamedType): string[] {
  if (isScalarType(type)) return [`scalar ${type}`];
  if (isUnionType(type)) return type.getTypes().map((member) => `union ${type} has ${member}`);
  if (isEnumType(type)) return type.getValues().map(({ name }) => `enum ${type} has ${name}`);
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).flatMap((field) => inputFacts(`${type}.${field.name}`, field));
    return [`input ${type}`, ...(type.isOneOf ? [`${type} @oneOf`] : []), ...fields];
  }
  const interfaces = type.getInterfaces().map((each) => `${type} implements ${each}`);
  const kind = isInterfaceType(type) ? 'interface' : 'type';
  return [`${kind} ${type}`, ...interfaces, ...outputFacts(type)];
}

function outputFacts(type: GraphQLNamedType): string[] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    `${type}.${field.name}: ${field.type}`,
    ...field.args.flatMap((arg) => inputFacts(`${type}.${field.name}(${arg.name}:)`, arg)),
  ]);
}

function inputFacts(path: string, { type, defaultValue }: GraphQLArgument | GraphQLInputField): string[] {
  const ast = astFromValue(defaultValue, type);
  return [`${path}: ${type}`, ...(ast ? [`${path} = ${print(ast)}`] : [])];
}
