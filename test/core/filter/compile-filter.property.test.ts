import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnOf } from '../../../src/core/column.ts';
import { compileFilter } from '../../../src/core/filter/compile-filter.ts';
import { filtersOver } from './random-filter.ts';
import { shown, type TemporaryStore, tables, temporaryStore, write } from './random-table.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary[Symbol.asyncDispose]());

const cases = tables(24)
  .chain((table) => {
    const filters = fc.array(filtersOver(table), { minLength: 8, maxLength: 8 });
    return fc.record({ table: fc.constant(table), filters });
  })
  .map(({ table, filters }) => ({
    table,
    filters,
    [fc.toStringMethod]: () => fc.stringify({ table: shown(table), filters: filters.map(({ filter }) => filter) }),
  }));

test('a filter lets exactly the rows pass that a plain evaluation in memory lets pass', async () => {
  const { store } = temporary;
  let made = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, filters }) => {
      const name = `t${made++}`;
      await write(store, name, table);
      const columns = (await store.schema(name)).fields.map(columnOf);
      const rows = (table[0]?.values ?? []).map((_, row) => row);
      for (const { filter, passes } of filters) {
        const where = compileFilter(filter, columns);
        const found = (await Array.fromAsync(store.texts(name, 'id', { where }))).map(Number);
        expect(
          found.sort((a, b) => a - b),
          where,
        ).toEqual(rows.filter(passes));
        expect(await store.count(name, where), where).toBe(found.length);
      }
      await store.drop(name);
    }),
    { numRuns: 60 },
  );
});
