import type { EmbeddingTable } from '../core/embedding-table.ts';
import type { Measurement } from '../core/index/index-record.ts';
import type { VectorIndex } from '../core/index/vector-index.ts';
import { builder } from './builder.ts';
import type { EmbeddingTableNode } from './refs.ts';

/** An index, and what was measured of this very one. */
interface MeasuredIndex {
  readonly index: VectorIndex;
  readonly measurement: Measurement | null;
  readonly used: boolean;
}

const MeasuringQueriesEnum = builder.enumType('MeasuringQueries', {
  description: 'What recall was measured with.',
  values: {
    TEXTS: { description: "The model's own vectors of captions, and of texts that were searched for." },
    ROWS: { description: "The table's vectors, where the model takes no texts, or is not here." },
  } as const,
});

export const VectorIndexRef = builder.objectRef<MeasuredIndex>('VectorIndex').implement({
  description: 'An approximate index over the vectors of a table, whoever made it.',
  fields: (t) => ({
    type: t.string({ description: 'As LanceDB names it, such as IVF_FLAT.', resolve: ({ index }) => index.type }),
    indexedRows: t.int({ description: 'Rows that it covers.', resolve: ({ index }) => index.indexedRows }),
    unindexedRows: t.int({
      description: 'Rows that were added since; searches compare all of these.',
      resolve: ({ index }) => index.unindexedRows,
    }),
    recallAt10: t.float({
      nullable: true,
      description:
        'The share of the ten nearest vectors that it finds, measured against exact search; null until it was measured ' +
        'for this very index.',
      resolve: ({ measurement }) => measurement?.recallAt10,
    }),
    minRecallAt10: t.float({
      nullable: true,
      description: 'What is asked of it; searches do not use it where `recallAt10` is below.',
      resolve: ({ measurement }) => measurement?.minRecallAt10,
    }),
    used: t.boolean({
      description:
        'Whether searches use it. They are exact until its recall was measured, where that is too low, where the table ' +
        'has changed by more than a tenth since, and where it is small (fewer than 50,000 rows, or `indexRows`).',
      resolve: ({ used }) => used,
    }),
    probes: t.int({
      nullable: true,
      description: 'Partitions that a search for ten looks into: the fewest with which the promise is held.',
      resolve: ({ measurement }) => measurement?.depths[0]?.nprobes,
    }),
    measuredWith: t.field({
      type: MeasuringQueriesEnum,
      nullable: true,
      description: 'The queries of the measurement.',
      resolve: ({ measurement }) => measurement?.queries,
    }),
    measuredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was measured.',
      resolve: ({ measurement }) => (measurement === null ? null : new Date(measurement.measuredAt)),
    }),
  }),
});

/** Null where the table has no index. */
export async function measuredIndexOf(
  { dataset }: EmbeddingTableNode,
  table: EmbeddingTable,
): Promise<MeasuredIndex | null> {
  const { index, verdict, measurement } = await dataset.indexes.standing(table);
  if (index === null) return null;
  const used = (await dataset.indexes.for(table, 10)) !== null;
  return { index, measurement: verdict === 'UNMEASURED' ? null : measurement, used };
}
