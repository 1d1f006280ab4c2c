import { join } from 'node:path';
import { expect } from 'vitest';
import type { Dataset } from '../../src/core/dataset.ts';
import type { EmbeddingProgress, PipelineOptions } from '../../src/core/embedding-pipeline.ts';
import type { EmbeddingTable } from '../../src/core/embedding-table.ts';
import type { CreateTableInput } from '../../src/core/embedding-table-creation.ts';
import { SchemaRelation } from '../../src/core/schema-relation.ts';
import { ViewEmbedding } from '../../src/core/view-embedding.ts';
import type { ViewFailure } from '../../src/core/view-failure.ts';
import type { ViewSelection } from '../../src/core/view-selection.ts';
import { FIXTURES } from '../library.ts';

/** The options of the fixtures' `emb_tiny`. */
export const TINY = { name: 'pixano-tiny-clip', pretrained: 'tiny-open-clip/pixano-tiny-clip.safetensors' };

const OPEN_CLIP = { embeddingFunction: 'open-clip', options: TINY };

/** Plugins that fail on request. */
export const TOUCHY = join(FIXTURES, '../core/fixtures/touchy-plugin.ts');

/** An empty table in the space of TINY, or of another function. */
export async function makeTable(
  dataset: Dataset,
  name: string,
  { embeddingFunction, options }: { embeddingFunction: string; options?: object } = OPEN_CLIP,
  more: Partial<CreateTableInput> = {},
): Promise<EmbeddingTable> {
  const schema = await ViewEmbedding.createSchema({
    embeddingFunction,
    tableName: name,
    dataset,
    options: { ...options },
  });
  return dataset.createTable({ name, schema, relation: SchemaRelation.OneToOne, ...more });
}

/** An empty table whose metadata say so, whether or not there is such a model here. */
export function makeTableOf(
  dataset: Dataset,
  name: string,
  space: { embeddingFunction: string; options: Record<string, unknown>; dimensions: number },
  more: Partial<CreateTableInput> = {},
): Promise<EmbeddingTable> {
  const schema = { ...space, tableName: name, given: space.options };
  return dataset.createTable({ name, schema, relation: SchemaRelation.OneToOne, ...more });
}

/** What a computation came to: its last progress with all its failures. */
export interface Computed {
  readonly total: number;
  readonly embedded: number;
  readonly skipped: number;
  readonly failed: number;
  readonly failures: readonly ViewFailure[];
}

/** Computes to the end, and checks on the way that the counters add up and never go back. */
export async function compute(
  dataset: Dataset,
  table: string,
  selection: ViewSelection = {},
  options: PipelineOptions = {},
): Promise<Computed> {
  const seen = await Array.fromAsync(checked(dataset.computeViewEmbeddings(table, selection, options)));
  const last = seen.at(-1);
  if (last === undefined) throw new Error('A computation yields at least once.');
  expect(last.embedded + last.skipped + last.failed).toBe(last.total);
  return { ...last, failures: seen.flatMap((progress) => progress.failures) };
}

export async function* checked(computation: AsyncIterable<EmbeddingProgress>): AsyncGenerator<EmbeddingProgress> {
  let before = { embedded: 0, skipped: 0, failed: 0 };
  let failures = 0;
  for await (const progress of computation) {
    const { total, embedded, skipped, failed } = progress;
    failures += progress.failures.length;
    expect(embedded + skipped + failed).toBeLessThanOrEqual(total);
    expect(failures).toBe(failed);
    expect(embedded).toBeGreaterThanOrEqual(before.embedded);
    expect(failed).toBeGreaterThanOrEqual(before.failed);
    before = progress;
    yield progress;
  }
}
