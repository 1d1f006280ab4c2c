import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Index } from '@lancedb/lancedb';
import fc from 'fast-check';
import { arrow } from '../../../src/core/arrow.ts';
import { TableStore } from '../../../src/core/table-store.ts';
import { COLUMN_TYPES, type Plain } from './random-column.ts';
import type { RandomColumn } from './random-filter.ts';

export interface TemporaryStore extends AsyncDisposable {
  readonly store: TableStore;
}

export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = await mkdtemp(join(tmpdir(), 'viewfinder-tables-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  return { store: new TableStore(folder), [Symbol.asyncDispose]: remove };
}

/** Lance keeps some names for itself, and takes none with a dot; those with a backtick it does not find. */
const names = fc
  .oneof(
    fc.constantFrom('a', 'A', 'a b', 'select', "it's", 'say "x"', 'a;--', 'true', 'ä', '😀', 'a:eq:b', '\\', '%', '1'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
  )
  .filter((name) => !/[.`]|^id$/.test(name));

/** At most six columns of at most so many rows. */
export function tables(mostRows: number): fc.Arbitrary<RandomColumn[]> {
  return fc
    .record({
      names: fc.uniqueArray(names, { minLength: 1, maxLength: 6, selector: (name) => name.toLowerCase() }),
      rows: fc.integer({ min: 0, max: mostRows }),
    })
    .chain(({ names, rows }) => fc.tuple(...names.map((name) => columns(name, rows))));
}

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

/** What a report of a failed case shows of a table. */
export function shown(table: readonly RandomColumn[]): unknown {
  return table.map(({ name, of, values, index }) => [name, String(of.type), index, values]);
}

/** With an id for each row, which is its number; the first half of the rows is there when the indexes are made. */
export async function write(store: TableStore, name: string, table: readonly RandomColumn[]): Promise<void> {
  const fields = table.map((column) => new arrow.Field(column.name, column.of.type, true));
  const schema = new arrow.Schema([new arrow.Field('id', new arrow.Utf8(), false), ...fields]);
  const lance = await store.create(name, schema, { overwrite: true });
  const rows = (table[0]?.values ?? []).map((_, row) => String(row));
  for (const [half, ids] of halves(rows).entries()) {
    if (ids.length > 0) {
      const vectors = table.map(({ of, values }) => of.vector(halves(values)[half] ?? []));
      const children = [arrow.vectorFromArray([...ids], new arrow.Utf8()), ...vectors].flatMap((vector) => vector.data);
      const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: ids.length, children });
      await lance.add(new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]));
    }
    for (const { name: column, index } of half === 0 ? table : []) {
      // Lance has no index of some types, and no filter needs one.
      if (index !== null) await lance.createIndex(column, { config: Index[index]() }).catch(() => undefined);
    }
  }
}

function halves<Value>(values: readonly Value[]): readonly (readonly Value[])[] {
  return [values.slice(0, values.length >> 1), values.slice(values.length >> 1)];
}

/** Arrow writes no bits for booleans that are all missing, and Lance then takes none of the rows. */
function isWritable(values: readonly Plain[]): boolean {
  return values.length === 0 || values.some((value) => value !== null);
}
