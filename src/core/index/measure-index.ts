import type { EmbeddingModels } from '../embedding-models.ts';
import type { EmbeddingTable } from '../embedding-table.ts';
import { ConflictError } from '../errors.ts';
import type { IndexRecord, Measurement } from './index-record.ts';
import type { IndexStanding } from './index-standing.ts';
import { measureRecall } from './measure-recall.ts';
import { measuringQueries } from './measuring-queries.ts';
import { vectorIndexOf } from './vector-index.ts';

export interface MeasureContext {
  readonly models: EmbeddingModels;
  readonly record: IndexRecord;
  standing(table: EmbeddingTable): Promise<IndexStanding>;
  /** Texts that were searched for, newest first. */
  recentTexts(table: EmbeddingTable): readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures the index that a table has, at its version of now, and keeps what comes of it.
 * @yields the share of the work that is done, from 0 to 1
 * @throws ConflictError where there is none, or nothing to measure it with; PluginError; the signal's reason
 */
export async function* measureIndex(
  table: EmbeddingTable,
  minRecallAt10: number,
  { models, record, recentTexts, signal }: MeasureContext,
): AsyncGenerator<number, Measurement> {
  const snapshot = await table.snapshot();
  try {
    const index = await vectorIndexOf(snapshot, table.space.vectorColumn);
    if (index === null) {
      throw new ConflictError('CONFLICT', `Another program has dropped the index of the table "${table.name}".`);
    }
    const { type, identity } = index;
    const rows = await snapshot.countRows();
    const { kind, modelKnown, queries } = await measuringQueries(table, snapshot, {
      models,
      recent: recentTexts(table),
      signal,
    });
    if (queries.length === 0) {
      const message = `No vector of the table "${table.name}" has a direction: recall cannot be measured. Verify it.`;
      throw new ConflictError('CONFLICT', message);
    }
    const measuring = measureRecall(table, snapshot, { queries, type, rows, minRecall: minRecallAt10, signal });
    const { recallAt10, depths } = yield* measuring;
    const measured = { type, rows, minRecallAt10, recallAt10, depths: [...depths] };
    const by = { queries: kind, queryCount: queries.length, modelKnown };
    return await record.keep(table.name, { index: identity, ...measured, ...by });
  } finally {
    snapshot.close();
  }
}
