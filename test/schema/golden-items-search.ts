import { expect } from 'vitest';
import { expectHits, parametersOf, searchFor } from './golden.ts';
import { ownColumns, page } from './golden-items-pages.ts';
import type { Check } from './golden-service.ts';

const hits: Check = async (recorded, { server }) => {
  const parameters = parametersOf(recorded);
  const text = (name: string) => parameters.get(name) ?? '';
  const input = { table: text('embedding_table'), text: text('query') };
  const found = await searchFor(server, input, { limit: Number(text('limit')), skip: Number(text('skip')) });
  const rows = recorded.status === 200 ? page.parse(recorded.json).table_data.rows : [];
  expectHits(
    found,
    rows.map(({ distance, ...each }) => ({ item: ownColumns(each), distance: Number(distance) })),
  );
};

const search = (text: string) => `search(input: { ${text} }) { nodes { id } }`;
const microscope = 'query: { text: "microscope" }';

export const searches: Readonly<Record<string, Check>> = {
  'search-tutorial': hits,
  'search-page2': hits,
  'search-page3': hits,
  'search-past-end': hits,
  'search-where-ignored': hits,
  'search-sort-ignored': hits,
  'search-other-table': hits,
  'search-no-table': async (_recorded, { errorOf }) => {
    expect(await errorOf(search(microscope))).toMatchObject({ extensions: { code: 'INVALID_INPUT' } });
  },
  'search-no-query': async (_recorded, { errorOf }) => {
    expect(await errorOf(search('table: "emb_open-clip", query: {}'))).toMatchObject({ message: /exactly one key/i });
  },
  'search-unknown-table': async (_recorded, { errorOf }) => {
    expect(await errorOf(search(`table: "nope", ${microscope}`))).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
  'search-not-embedding-table': async (_recorded, { errorOf }) => {
    expect(await errorOf(search(`table: "image", ${microscope}`))).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  },
};
