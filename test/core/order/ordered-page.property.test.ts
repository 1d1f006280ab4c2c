import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnOf } from '../../../src/core/column.ts';
import { ItemOrder, type OrderBy } from '../../../src/core/order/item-order.ts';
import { orderedPage } from '../../../src/core/order/ordered-page.ts';
import { readPlace, writePlace } from '../../../src/core/order/place-cursor.ts';
import type { Plain } from '../filter/random-column.ts';
import type { RandomColumn } from '../filter/random-filter.ts';
import { shown, type TemporaryStore, tables, temporaryStore, write } from '../filter/random-table.ts';

let temporary: TemporaryStore;
beforeAll(async () => {
  temporary = await temporaryStore();
});
afterAll(() => temporary[Symbol.asyncDispose]());

const cases = tables(24)
  .chain((table) =>
    fc.record({
      table: fc.constant(table),
      orderBy: fc
        .subarray(
          table.map(({ name }) => name),
          { minLength: 1, maxLength: Math.min(3, table.length) },
        )
        .chain((names) => fc.tuple(...names.map(ordered))),
      size: fc.integer({ min: 1, max: 9 }),
    }),
  )
  .map((each) => ({ ...each, [fc.toStringMethod]: () => fc.stringify({ ...each, table: shown(each.table) }) }));

function ordered(column: string): fc.Arbitrary<OrderBy> {
  return fc.record({ column: fc.constant(column), direction: fc.constantFrom('ASC' as const, 'DESC' as const) });
}

test('pages in an order, from either end, hold every row once where a plain sort has it', async () => {
  const { store } = temporary;
  let made = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ table, orderBy, size }) => {
      const name = `t${made++}`;
      await write(store, name, table);
      const order = ItemOrder.of(orderBy, (await store.schema(name)).fields.map(columnOf));
      const expected = (table[0]?.values ?? []).map((_, row) => row).sort((a, b) => inOrder(a, b, table, orderBy));
      const page = async (from: 'first' | 'last', cursor: string | null) => {
        const place = cursor === null ? null : readPlace(order, cursor);
        const between = from === 'first' ? { after: place } : { before: place };
        return orderedPage(store.batches(name, { columns: order.columns }), order, { size, from, ...between });
      };
      const walk = async (from: 'first' | 'last') => {
        const found: number[] = [];
        for (let cursor: string | null = null; ; ) {
          const { places, total, hasNext, hasPrevious } = await page(from, cursor);
          expect(total).toBe(expected.length);
          const ids = places.map(({ id }) => Number(id));
          const before = found.length;
          if (from === 'first') found.push(...ids);
          else found.unshift(...ids);
          const [ahead, behind] = from === 'first' ? [hasNext, hasPrevious] : [hasPrevious, hasNext];
          expect([ahead, behind]).toEqual([found.length < total, before > 0]);
          const end = from === 'first' ? places.at(-1) : places[0];
          if (!ahead || end === undefined) return found;
          cursor = writePlace(order, end);
        }
      };
      expect(await walk('first')).toEqual(expected);
      expect(await walk('last')).toEqual(expected);
      await store.drop(name);
    }),
    { numRuns: 40 },
  );
});

/** Missing values last, equals by id. */
function inOrder(a: number, b: number, table: readonly RandomColumn[], orderBy: readonly OrderBy[]): number {
  for (const { column: name, direction } of orderBy) {
    const column = table.find((each) => each.name === name);
    const valueAt = (row: number): Plain => {
      const value = column?.values[row] ?? null;
      return Number.isNaN(value) ? null : value;
    };
    const [x, y] = [valueAt(a), valueAt(b)];
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
      continue;
    }
    const compared = column?.of.compare(x, y) ?? 0;
    if (compared !== 0) return direction === 'ASC' ? compared : -compared;
  }
  return String(a) < String(b) ? -1 : 1;
}
