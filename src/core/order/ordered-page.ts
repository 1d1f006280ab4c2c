import type * as Arrow from 'apache-arrow';
import type { ItemOrder, Place } from './item-order.ts';

/** Which part of a list: its first or its last so many, of what lies between two places. */
export interface PageBetween {
  readonly size: number;
  readonly from: 'first' | 'last';
  readonly after?: Place | null;
  readonly before?: Place | null;
}

export interface OrderedPage {
  /** In the order. */
  readonly places: readonly Place[];
  /** Whether the list goes on before and behind the page. */
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  /** Length of the whole list. */
  readonly total: number;
}

/**
 * One page of rows in an order, found in one pass that keeps no more than two pages of them.
 * @param batches of all rows, with `id` and the order's columns
 */
export async function orderedPage(
  batches: AsyncIterable<Arrow.RecordBatch>,
  order: ItemOrder,
  { size, from, after = null, before = null }: PageBetween,
): Promise<OrderedPage> {
  const nearest = new Nearest(order, size, from);
  let total = 0;
  let earlier = 0;
  let later = 0;
  for await (const batch of batches) {
    const place = order.rowsOf(batch);
    total += batch.numRows;
    for (place.row = 0; place.row < batch.numRows; place.row++) {
      if (after !== null && order.compare(place, after) <= 0) earlier += 1;
      else if (before !== null && order.compare(place, before) >= 0) later += 1;
      else nearest.add(place);
    }
  }
  const places = nearest.sorted();
  const left = total - earlier - later - places.length;
  return {
    places: from === 'first' ? places : places.reverse(),
    hasPrevious: earlier > 0 || (from === 'last' && left > 0),
    hasNext: later > 0 || (from === 'first' && left > 0),
    total,
  };
}

/** The first or the last so many of what is added. */
class Nearest {
  readonly #order: ItemOrder;
  readonly #size: number;
  readonly #compare: (a: Place, b: Place) => number;
  #kept: Place[] = [];
  /** The last of the nearest, once there are enough. */
  #bound: Place | undefined;

  constructor(order: ItemOrder, size: number, from: 'first' | 'last') {
    this.#order = order;
    this.#size = size;
    this.#compare = (a, b) => (from === 'first' ? order.compare(a, b) : order.compare(b, a));
  }

  add(place: Place): void {
    if (this.#size === 0 || (this.#bound !== undefined && this.#compare(place, this.#bound) >= 0)) return;
    this.#kept.push(this.#order.copyOf(place));
    if (this.#kept.length < this.#size * 2) return;
    this.#kept = this.sorted();
    this.#bound = this.#kept.at(-1);
  }

  sorted(): Place[] {
    return this.#kept.sort(this.#compare).slice(0, this.#size);
  }
}
