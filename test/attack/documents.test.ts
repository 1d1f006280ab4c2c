import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());
afterEach(() => target.expectUnharmed());

const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');
const nested = (levels: number, open: string, inner: string, close = ' }') =>
  open.repeat(levels) + inner + close.repeat(levels);

/** Each fragment spreads the next one so many times: 10^9 fields of a kilobyte. */
function laughs(levels: number, width: number): string {
  const spread = (level: number) => times(width, (index) => `a${index}: library { ...f${level} }`);
  const fragments = times(levels, (level) => `fragment f${level} on Library { name datasets { totalCount } }`);
  return `{ ${spread(0)} } ${fragments} ${times(levels, (level) => `fragment g${level} on Query { ${times(width, () => (level + 1 < levels ? `...g${level + 1}` : '__typename'))} }`)} query Q { ...g0 }`;
}

const search = (filter: string) =>
  `{ dataset(by: { folder: "health_images" }) { items(filter: ${filter}) { totalCount } } }`;
const filters = (levels: number) => nested(levels, '{ all: [', '{ column: { name: "id", is: { eq: "x" } } }', '] }');

const DOCUMENTS: readonly (readonly [name: string, query: string])[] = [
  [
    'fragments that grow a billionfold',
    `query Q { ...g0 } ${times(9, (level) => `fragment g${level} on Query { ${times(10, () => (level < 8 ? `...g${level + 1}` : 'library { name }'))} }`)}`,
  ],
  [
    'fragments that grow with aliases',
    `query Q { ...g0 } ${times(9, (level) => `fragment g${level} on Library { ${times(9, (index) => (level < 8 ? `a${index}: datasets { nodes { ...h${level} } }` : 'name'))} }`)}`,
  ],
  [
    'a billion laughs through a type that leads back to itself',
    `{ dataset(by: { folder: "health_images" }) { ...a0 } } ${times(8, (level) => `fragment a${level} on Dataset { ${times(8, (index) => (level < 7 ? `x${index}: items(first: 1) { nodes { views(first: 1) { nodes { item { id } } } } } ...a${level + 1}` : 'id'))} }`)}`,
  ],
  [
    'fragments that spread each other in a circle',
    '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
  ],
  ['a fragment that spreads itself', '{ ...a } fragment a on Query { library { name } ...a }'],
  [
    'fragments of which each has the same fields, to be merged',
    `{ ${times(300, () => '...a ...b')} } fragment a on Query { library { name } } fragment b on Query { library { name } }`,
  ],
  ['the same field so many times', `{ ${times(900, () => 'library { name }')} }`],
  [
    'fields that may conflict, each with each',
    `{ ${times(200, (index) => `library { a: name datasets(first: ${index % 2 === 0 ? 1 : 1}) { totalCount } }`)} }`,
  ],
  [
    'conflicts in fragments within fragments',
    `{ ...f0 } ${times(60, (level) => `fragment f${level} on Query { library { ${level % 2 === 0 ? 'x: name' : 'x: __typename'} } ${level < 59 ? `...f${level + 1}` : ''} }`)}`,
  ],
  ['aliases', `{ ${times(1_000, (index) => `a${index}: library { name }`)} }`],
  [
    'aliases of what is dear',
    `{ ${times(100, (index) => `a${index}: dataset(by: { folder: "health_images" }) { search(input: { query: { text: "x${index}" } }, first: 500) { nodes { id } } }`)} }`,
  ],
  ['depth', nested(200, '{ library', ' { name }')],
  [
    'depth within what the schema permits',
    `{ dataset(by: { folder: "health_images" }) { items { nodes { ${nested(30, 'views { nodes { item { ', 'id', ' } } }')} } } } }`,
  ],
  ['depth of inline fragments', `{ ${nested(600, '... { ', '__typename')} }`],
  ['depth of inline fragments far beyond', `{ ${nested(100_000, '... { ', '__typename')} }`],
  ['depth of a list', search(`{ column: { name: "id", is: { in: ${'['.repeat(900)}${']'.repeat(900)} } } }`)],
  [
    'depth of a list far beyond',
    search(`{ column: { name: "id", is: { in: ${'['.repeat(200_000)}${']'.repeat(200_000)} } } }`),
  ],
  ['depth of a filter', search(filters(9))],
  ['depth of a filter far beyond', search(filters(500))],
  ['width of a filter', search(`{ any: [${times(200, () => '{ column: { name: "id", is: { eq: "x" } } }')}] }`)],
  ['depth of a type in a declaration', `query (${'$a: '}${'['.repeat(900)}Int${']'.repeat(900)}) { __typename }`],
  ['braces', '{'.repeat(100_000)],
  ['a string without an end', `{ library(name: "${'x'.repeat(1_000_000)}`],
  ['block strings', `{ a: __typename ${times(400, () => '@skip(if: """"x""")')} }`],
  ['a comment of a megabyte', `#${'x'.repeat(1_000_000)}\n{ __typename }`],
  ['commas and byte order marks', `${'\ufeff,'.repeat(300_000)}{ __typename }`],
  ['directives', `{ __typename ${times(500, () => '@skip(if: false)')} }`],
  ['directives that are unknown', `{ __typename ${times(500, (index) => `@a${index}`)} }`],
  [
    'directives on everything',
    `query @skip(if: true) { ...f @include(if: true) @skip(if: "x") @include } fragment f on Query @deprecated { __typename }`,
  ],
  ['operations', `${times(400, (index) => `query a${index} { __typename }`)}`],
  ['declarations', `query (${times(450, (index) => `$a${index}: Int = 1`)}) { __typename }`],
  [
    'the schema of the schema',
    `{ __schema { types { ${nested(10, 'fields { type { ofType { ', 'name', ' } } }')} } } }`,
  ],
  [
    'the schema, so many times',
    `{ ${times(100, (index) => `a${index}: __schema { types { name fields { name args { name } } } }`)} }`,
  ],
  ['types by name', `{ ${times(150, (index) => `a${index}: __type(name: "Dataset") { fields { name } }`)} }`],
  [
    'names that are suggested for one that is unknown',
    `{ ${times(300, (index) => `datase${'t'.repeat(index % 40)}${index}`)} }`,
  ],
  ['a name of a megabyte', `{ ${'a'.repeat(1_000_000)} }`],
  [
    'numbers of a megabyte',
    `{ dataset(by: { folder: "x" }) { items(first: ${'9'.repeat(1_000_000)}) { totalCount } } }`,
  ],
  ['surrogates', '{ dataset(by: { folder: "\\ud800\\udfff\\u{110000}" }) { id } }'],
  ['NULs', '{\0 __typename \0}'],
  [
    'pages within pages',
    '{ dataset(by: { folder: "health_images" }) { items(first: 500) { nodes { views(first: 500) { nodes { embeddings(first: 500) { nodes { vector } } } } } } } }',
  ],
  [
    'all vectors at once',
    `{ dataset(by: { folder: "health_images" }) { ${times(50, (index) => `a${index}: views(first: 500) { nodes { embeddings(first: 500) { nodes { vector } } } }`)} } }`,
  ],
  [
    'a mutation so many times',
    `mutation { ${times(200, (index) => `a${index}: dropEmbeddingTable(dataset: "x", table: "x") { __typename }`)} }`,
  ],
];

const settled = (text: string) => {
  const { data, errors } = JSON.parse(text);
  expect(data !== undefined || errors.length > 0).toBe(true);
  // Not a list of thousands of mistakes, each with its place.
  expect(text.length).toBeLessThan(5_000_000);
};

describe('a document of', () => {
  test.each(DOCUMENTS)('%s is answered or refused, by POST and over a WebSocket', async (_name, query) => {
    const { status, text } = await target.http('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(status).toBeLessThan(500);
    settled(text);
    const socket = new WebSocket(target.socketUrl, 'graphql-transport-ws');
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      else resolve(type === 'error' ? JSON.stringify({ errors: payload }) : JSON.stringify(payload));
    });
    const answer = await promise;
    socket.terminate();
    settled(answer);
  });

  test('a billion laughs is refused, and no part of it is worked at', async () => {
    const { errors } = await target.ask(DOCUMENTS[0]?.[1] ?? '');
    expect(errors).toHaveLength(1);
    const { errors: many = [] } = await target.ask(laughs(9, 10));
    expect(many.length).toBeGreaterThan(0);
  });
});

describe('variables of', () => {
  const body = (
    variables: string,
    query = 'query ($filter: Filter) { dataset(by: { folder: "health_images" }) { items(filter: $filter) { totalCount } } }',
  ) => `{"query":${JSON.stringify(query)},"variables":${variables}}`;
  const column = '{"column":{"name":"id","is":{"eq":"x"}}}';
  const wide = (count: number) => `{"filter":{"any":[${Array(count).fill(column).join(',')}]}}`;

  test.each([
    ['depth', body(`{"filter":${'{"all":['.repeat(60)}${column}${']}'.repeat(60)}}`)],
    ['depth far beyond', body(`{"filter":${'{"not":'.repeat(150_000)}1${'}'.repeat(150_000)}}`)],
    ['lists', body(`{"filter":${'['.repeat(500_000)}${']'.repeat(500_000)}}`)],
    ['width', body(wide(501))],
    ['width far beyond', body(wide(40_000))],
    [
      'values in a list',
      body(`{"filter":{"column":{"name":"id","is":{"in":[${Array(200_000).fill('"x"').join(',')}]}}}}`),
    ],
    ['mistakes', body(`{"filter":{"any":[${Array(50_000).fill('{"nope":1}').join(',')}]}}`)],
    ['names', body(`{${Array.from({ length: 100_000 }, (_, index) => `"a${index}":1`).join(',')}}`)],
    [
      'prototypes',
      body(
        '{"__proto__":{"filter":{}},"constructor":{"prototype":{"polluted":true}},"filter":{"__proto__":{"all":[]}}}',
      ),
    ],
    ['a number of a megabyte', body(`{"filter":{"column":{"name":"id","is":{"eq":${'9'.repeat(1_000_000)}}}}}`)],
    ['a list in place of an object', body('[]')],
    ['a text', body('"x"')],
    [
      'a vector of a hundred thousand',
      body(
        `{"v":[${Array(100_000).fill('1e308').join(',')}]}`,
        'query ($v: [Float!]) { dataset(by: { folder: "health_images" }) { search(input: { table: "emb_tiny", query: { vector: $v } }) { nodes { id } } } }',
      ),
    ],
    [
      'a text of a megabyte',
      body(
        `{"t":"${'cells '.repeat(180_000)}"}`,
        'query ($t: String) { dataset(by: { folder: "health_images" }) { search(input: { table: "emb_tiny", query: { text: $t } }, first: 1) { nodes { id } } } }',
      ),
    ],
    ['ids of a megabyte', body(`{"i":["${'A'.repeat(1_000_000)}"]}`, 'query ($i: [ID!]!) { nodes(ids: $i) { id } }')],
    [
      'ids by the thousands',
      body(`{"i":[${Array(100_000).fill('"QQ"').join(',')}]}`, 'query ($i: [ID!]!) { nodes(ids: $i) { id } }'),
    ],
    [
      'states by the thousands',
      body(
        `{"s":[${Array(100_000).fill('"FAILED"').join(',')}]}`,
        'query ($s: [EmbeddingJobState!]) { embeddingJobs(states: $s) { totalCount } }',
      ),
    ],
    [
      'orders by the thousands',
      body(
        `{"o":[${Array(30_000).fill('{"column":"id"}').join(',')}]}`,
        'query ($o: [OrderBy!]) { dataset(by: { folder: "health_images" }) { items(orderBy: $o) { totalCount } } }',
      ),
    ],
  ])('%s are answered or refused', async (_name, text) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await target.http('/graphql', { method: 'POST', headers, body: text });
    expect(answer.status).toBeLessThan(500);
    settled(answer.text);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a body that is', () => {
  test.each([
    ['a batch', JSON.stringify(Array(1_000).fill({ query: '{ library { name } }' }))],
    ['an empty batch', '[]'],
    ['a batch within a batch', '[[{"query":"{ __typename }"}]]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"{ __typename }"'],
    ['half an object', '{"query":'],
    ['an object with another query', '{"query":"{ __typename }","query":"{"}'],
    ['an object whose query is one', '{"query":{"kind":"Document"}}'],
    ['an object whose query is a list', '{"query":["{ __typename }"]}'],
    ['an operation name that is none', '{"query":"{ __typename }","operationName":{"a":1}}'],
    ['extensions', '{"query":"{ __typename }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}'],
    ['a hash alone', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}'],
    ['prototypes', '{"__proto__":{"query":"{ __typename }"},"constructor":1}'],
    ['UTF-16', Buffer.from('{"query":"{ __typename }"}', 'utf16le').toString('latin1')],
    ['a byte order mark', '\ufeff{"query":"{ __typename }"}'],
    ['nothing', ''],
  ])('%s is answered or refused', async (_name, body) => {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await target.http('/graphql', { method: 'POST', headers, body });
    expect(status).toBeLessThan(500);
    expect(text.length).toBeLessThan(100_000);
  });
});
