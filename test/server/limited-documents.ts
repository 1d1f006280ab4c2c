/** Documents that ask for too much, by the limit that each is beyond with the service's usual limits. */
interface LimitedDocument {
  readonly what: string;
  readonly limit: string | undefined;
  readonly query: string;
  readonly variables?: object;
  /** Of what the refusal says. */
  readonly says: string;
}

const repeated = (count: number, each: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => each(i)).join(' ');
const nested = (depth: number): string => (depth === 0 ? 'id' : `item { views { nodes { ${nested(depth - 1)} } } }`);
const PAGES = 'items(first: 500) { nodes { views(first: 500) { nodes { id } } } }';
const ids = (count: number) => Array.from({ length: count }, () => 'x');
const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

export const LIMITED: readonly LimitedDocument[] = [
  {
    what: 'levels of fields',
    limit: 'depth',
    query: `{ dataset(by: { folder: "x" }) { views { nodes { ${nested(5)} } } } }`,
    says: 'The operation has 19 levels of fields, and at most 16 are allowed: ask for what lies deeper',
  },
  {
    what: 'levels of the schema',
    limit: 'depth',
    query: `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} }'.repeat(8)} } } }`,
    says: '19 levels',
  },
  { what: 'fields', limit: 'breadth', query: `{ ${'__typename '.repeat(301)} }`, says: 'has 301 fields' },
  {
    what: 'fields that fragments multiply to billions',
    limit: 'breadth',
    query: `{ ...F0 } ${repeated(30, (i) => `fragment F${i} on Query { ${`...F${i + 1} `.repeat(10)} }`)}
      fragment F30 on Query { __typename }`,
    says: 'more than a billion fields',
  },
  {
    what: 'aliases',
    limit: 'aliases',
    query: `{ ${repeated(51, (i) => `a${i}: __typename`)} }`,
    says: 'has 51 aliases, its fragments spread, and at most 50',
  },
  { what: 'tokens', limit: 'tokens', query: `{ ${'__typename '.repeat(3000)} }`, says: '2000 tokens' },
  {
    what: 'directives',
    limit: 'tokens',
    query: `{ __typename ${'@skip(if: true) '.repeat(400)} }`,
    says: '2000 tokens',
  },
  { what: 'characters', limit: 'tokens', query: `{ ${'x'.repeat(60_000)} }`, says: '50000 characters' },
  {
    what: 'pages within pages',
    limit: 'cost',
    query: `{ dataset(by: { folder: "x" }) { ${PAGES} } }`,
    says: 'may answer with 501002 fields, counted as its pages multiply them, and at most 60000',
  },
  {
    what: 'pages within pages of a subscription',
    limit: 'cost',
    query: `subscription { embeddingJobs { job { dataset { ${PAGES} } } } }`,
    says: 'at most 60000',
  },
  {
    what: 'pages below the nodes that it names',
    limit: 'cost',
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Item { views(first: 200) { nodes { id } } } } }',
    variables: { ids: ids(500) },
    says: 'at most 60000',
  },
  {
    what: 'values in its variables',
    limit: 'variables',
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    variables: { ids: ids(20_001) },
    says: 'more than 20000 values',
  },
  {
    what: 'levels in its variables',
    limit: undefined,
    query: '{ __typename }',
    variables: { a: deep(64) },
    says: 'more than 64 levels deep',
  },
];
