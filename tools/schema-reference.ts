import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  print,
} from 'graphql';

/** What each chapter holds, in their order; a type is in the first that takes it. */
const CHAPTERS: readonly (readonly [string, (type: GraphQLNamedType) => boolean])[] = [
  ['Operations', ({ name }) => ['Query', 'Mutation', 'Subscription'].includes(name)],
  ['Pages', ({ name }) => /(Connection|Edge|PageInfo)$/.test(name)],
  ['Results of mutations', (type) => isUnionType(type) || /Payload$/.test(type.name)],
  ['Objects', isObjectType],
  ['Interfaces', isInterfaceType],
  ['Inputs', isInputObjectType],
  ['Enumerations', isEnumType],
  ['Scalars', isScalarType],
];

/** The schema as a page to read: every type, field, argument and value with its description. */
export function schemaReference(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const chapterOf = (type: GraphQLNamedType) => CHAPTERS.findIndex(([, takes]) => takes(type));
  const chapters = CHAPTERS.map(([title], index) => {
    const own = types.filter((type) => chapterOf(type) === index).sort((a, b) => (a.name < b.name ? -1 : 1));
    return [`## ${title}`, ...own.map(typeText)].join('\n\n');
  });
  return [
    '# Reference of the API',
    'Written by `npm run codegen` from the schema; [api.md](api.md) shows how it is used. `!` means that a value is never null.',
    ...chapters,
    '',
  ].join('\n\n');
}

function typeText(type: GraphQLNamedType): string {
  return [`### ${type.name}`, described(type), ...membersOf(type)].join('\n\n');
}

function membersOf(type: GraphQLNamedType): string[] {
  if (isEnumType(type))
    return [
      type
        .getValues()
        .map((value) => `- \`${value.name}\`: ${described(value)}`)
        .join('\n'),
    ];
  if (isUnionType(type)) return [`One of ${type.getTypes().map(link).join(', ')}.`];
  if (isInputObjectType(type)) {
    const oneOf = type.isOneOf ? ['Exactly one of:'] : [];
    return [...oneOf, Object.values(type.getFields()).map(inputText).join('\n')];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const interfaces = type.getInterfaces().map(link);
  const implemented = interfaces.length === 0 ? [] : [`Implements ${interfaces.join(', ')}.`];
  return [...implemented, Object.values(type.getFields()).map(fieldText).join('\n')];
}

function fieldText(field: GraphQLField<unknown, unknown>): string {
  const head = `- **${field.name}** ${link(field.type)}: ${described(field)}`;
  return [head, ...field.args.map((arg) => `  ${inputText(arg)}`)].join('\n');
}

function inputText(input: GraphQLArgument | GraphQLInputField): string {
  const value = input.defaultValue === undefined ? null : astFromValue(input.defaultValue, input.type);
  const standard = value == null ? '' : ` = \`${print(value)}\``;
  return `- **${input.name}** ${link(input.type)}${standard}: ${described(input)}`;
}

function link(type: GraphQLType): string {
  const named = getNamedType(type);
  return isSpecifiedScalarType(named) ? `\`${type}\`` : `[\`${type}\`](#${named.name.toLowerCase()})`;
}

function described({ description }: { readonly description?: string | null | undefined }): string {
  return description?.trim().replaceAll(/\s+/g, ' ') ?? '';
}
