import type { EmbeddingCoverage } from '../core/embedding-coverage.ts';
import { corrupt, type HealthFinding, type HealthReport } from '../core/embedding-health.ts';
import { EmbeddingTable } from '../core/embedding-table.ts';
import { DatasetUnreadableError } from '../core/errors.ts';
import { unlessUnreadable } from '../core/unless-unreadable.ts';
import { builder } from './builder.ts';
import type { Loaders } from './loaders.ts';
import type { EmbeddingTableNode } from './refs.ts';

export const HealthEnum = builder.enumType('EmbeddingHealth', {
  description: 'How far an embedding table can be trusted for search.',
  values: {
    EMPTY: { description: 'It has no vector yet.' },
    PARTIAL: { description: 'Some views have no vector: searches do not find them.' },
    READY: { description: 'Every picture has its vector.' },
    STALE: { description: 'Views were deleted or replaced since, or the stored vectors fail verification.' },
    DIMENSION_MISMATCH: { description: 'The model gives vectors of another length.' },
    MISSING_PLUGIN: { description: "No plugin here serves the table's embedding function." },
    MISSING_MODEL: { description: 'The plugin is here, its model is not; `findings` says where it was looked for.' },
    CORRUPT: { description: 'The table cannot be read.' },
  } as const,
});

export const HealthFindingRef = builder.objectRef<HealthFinding>('HealthFinding').implement({
  description: 'One thing that is wrong with a table.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Such as MISSING_VIEWS, DUPLICATES, ORPHANS, MISSING_MODEL, ANOTHER_MODEL.',
    }),
    count: t.exposeInt('count', { description: 'Rows or views that it is about; 1 where it is about the table.' }),
    message: t.string({
      description: 'What is wrong and what to do, for a person.',
      resolve: ({ message }, _args, { publicText }) => publicText.of(message),
    }),
  }),
});

export async function reportOf({ dataset, table }: EmbeddingTableNode, loaders: Loaders): Promise<HealthReport> {
  if (!(table instanceof EmbeddingTable)) return corrupt(table);
  return loaders.once(table, 'health', () => dataset.health(table));
}

/** Null where the table cannot be read. */
export async function coverageOf(
  { dataset, table }: EmbeddingTableNode,
  loaders: Loaders,
): Promise<EmbeddingCoverage | null> {
  if (!(table instanceof EmbeddingTable)) return null;
  const coverage = await loaders.once(table, 'coverage', () => unlessUnreadable(dataset.coverage(table)));
  return coverage instanceof DatasetUnreadableError ? null : coverage;
}
