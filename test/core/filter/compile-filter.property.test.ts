import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Index } from '@lancedb/lancedb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrow } from '../../../src/core/arrow.ts';
import { columnOf } from '../../../src/core/column.ts';
import { compileFilter } from '../../../src/core/filter/compile-filter.ts';
import { TableStore } from '../../../src/core/table-store.ts';
import { COLUMN_TYPES, type Plain } from './random-column.ts';
import { filtersOver, type RandomColumn } from './random-filter.ts';

let folder: string;
let store: TableStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewfinder-filters-'));
  store = new TableStore(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Lance keeps some names for itself, and takes none with a dot; those with a backtick it does not find. */
const names = fc
  .oneof(
    fc.constantFrom('a', 'A', 'a b', 'select', "it's", 'say "x"', 'a;--', 'true', 'ä', '😀', 'a:eq:b', '\\', '%', '1'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
  )
  .filter((name) => !/[.`]|^id$/.test(name));

/** A table of at most six columns and two dozen rows, and filters over it. */
const cases = fc
  .record({
    names: fc.uniqueArray(names, { minLength: 1, maxLength: 6, selector: (name) => name.toLowerCase() }),
    rows: fc.integer({ min: 0, max: 24 }),
  })
  .chain(({ names, rows }) => fc.tuple(...names.map((name) => columns(name, rows))))
  .chain((table) => {
    const filters = fc.array(filtersOver(table), { minLength: 8, maxLength: 8 });
    return fc.record({ table: fc.constant(table), filters });
  })
  .map((each) => ({
    ...each,
    [fc.toStringMethod]: () =>
      fc.stringify({
        table: each.table.map(({ name, of, values, index }) => [name, String(of.type), index, values]),
        filters: each.filters.map(({ filter }) => filter),
      }),
  }));

function columns(name: string, rows: number): fc.Arbitrary<RandomColumn> {
  return fc
    .constantFrom(...COLUMN_TYPES)
    .chain((of) =>
      fc.record({
        name: fc.constant(name),
        of: fc.constant(of),
        values: fc.array(fc.option(of.values, { freq: 4 }), { minLength: rows, maxLength: rows }),
        index: fc.constantFrom(null, null, 'btree' as const, 'bitmap' as const),
      }),
    )
    .filter(({ of, values }) => !arrow.DataType.isBool(of.type) || halves(values).every(isWritable));
}

function halves<Value>(values: readonly Value[]): readonly (readonly Value[])[] {
  return [values.slice(0, values.length >> 1), values.slice(values.length >> 1)];
}

/** Arrow writes no bits for booleans that are all missing, and Lance then takes none of the rows. */
function isWritable(values: readonly Plain[]): boolean {
  return values.length === 0 || values.some((value) => value !== null);
}

/** Half of the rows are there when the indexes are made. */
async function write(name: string, table: readonly RandomColumn[]): Promise<void> {
  const rows = table[0]?.values.length ?? 0;
  const fields = table.map((column) => new arrow.Field(column.name, column.of.type, true));
  const schema = new arrow.Schema([new arrow.Field('id', new arrow.Utf8(), false), ...fields]);
  const lance = await store.create(name, schema, { overwrite: true });
  for (const [from, to] of [
    [0, rows >> 1],
    [rows >> 1, rows],
  ] as const) {
    if (to > from) {
      const part = (values: readonly Plain[]) => values.slice(from, to);
      const ids = arrow.vectorFromArray(
        Array.from({ length: to - from }, (_, index) => String(from + index)),
        new arrow.Utf8(),
      );
      const vectors = [ids, ...table.map((column) => column.of.vector(part(column.values)))];
      const children = vectors.flatMap((vector) => vector.data);
      const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: to - from, children });
      await lance.add(new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]));
    }
    if (from > 0 || to === 0) continue;
    for (const { name: column, index } of table) {
      // Lance has no index of some types, and no filter needs one.
      if (index !== null) await lance.createIndex(column, { config: Index[index]() }).catch(() => undefined);
    }
  }
}

test('lets exactly the rows pass that a plain evaluation in memory lets pass', async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, filters }) => {
      const name = `t${made++}`;
      await write(name, table);
      const known = (await store.schema(name)).fields.map(columnOf);
      const rows = Array.from({ length: table[0]?.values.length ?? 0 }, (_, row) => row);
      for (const { filter, passes } of filters) {
        const where = compileFilter(filter, known);
        const found = (await Array.fromAsync(store.texts(name, 'id', { where }))).map(Number);
        expect(
          found.sort((a, b) => a - b),
          where,
        ).toEqual(rows.filter(passes));
        expect(await store.count(name, where), where).toBe(found.length);
      }
      await store.drop(name);
    }),
    { numRuns: Number(process.env.RUNS ?? 60) },
  );
});
