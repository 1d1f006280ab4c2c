import type { Dataset } from '../core/dataset.ts';
import type { EmbeddingTable } from '../core/embedding-table.ts';
import type { EmbeddingReference } from '../core/layout.ts';
import { sqlIn } from '../core/sql.ts';
import type { ViewKey } from '../core/view.ts';

/** A row of an embedding table without its vector, which is large and seldom asked for. */
export interface EmbeddingRow extends EmbeddingReference {
  readonly id: string;
}

/** The rows of one embedding table, for many views, items or ids at a time. */
export class EmbeddingRows {
  readonly #dataset: Dataset;
  readonly #table: EmbeddingTable;

  constructor(dataset: Dataset, table: EmbeddingTable) {
    this.#dataset = dataset;
    this.#table = table;
  }

  /** One list a view, in the order of the views. */
  async ofViews(views: readonly ViewKey[]): Promise<EmbeddingRow[][]> {
    const { layout } = this.#table;
    const found = Map.groupBy(await this.#where(layout.whereViews(views)), (row) => layout.keyOf(row.view));
    return views.map((view) => found.get(layout.keyOf(view)) ?? []);
  }

  /** One list an item, in the order of the items. */
  async ofItems(itemIds: readonly string[]): Promise<EmbeddingRow[][]> {
    const { layout } = this.#table;
    const found = Map.groupBy(await this.#where(sqlIn(layout.itemIdColumn, itemIds)), (row) => row.itemId);
    return itemIds.map((id) => found.get(id) ?? []);
  }

  /** One vector a row, in the order of the rows' ids; an empty one where a row is gone. */
  async vectors(ids: readonly string[]): Promise<Float32Array[]> {
    const { name, space } = this.#table;
    const query = { where: sqlIn('id', ids), columns: [space.vectorColumn] };
    const found = new Map<string, Float32Array>();
    for await (const { id, values } of this.#dataset.store.rows(name, query)) {
      const vector = values[space.vectorColumn];
      if (vector instanceof Float32Array) found.set(id, vector);
    }
    return ids.map((id) => found.get(id) ?? new Float32Array(0));
  }

  async #where(where: string): Promise<EmbeddingRow[]> {
    const { name, layout } = this.#table;
    const rows: EmbeddingRow[] = [];
    for await (const row of this.#dataset.store.rows(name, { where, columns: layout.referenceColumns })) {
      rows.push({ ...layout.embeddingReference(row), id: row.id });
    }
    return rows;
  }
}
