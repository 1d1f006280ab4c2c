import { EmbeddingTable } from '../core/embedding-table.ts';
import { ConflictError, NotFoundError, PluginError, ValidationError } from '../core/errors.ts';
import { functionNotice } from '../core/python-functions.ts';
import { SchemaRelation } from '../core/schema-relation.ts';
import { ViewEmbedding } from '../core/view-embedding.ts';
import { builder } from './builder.ts';
import { coverageOf, HealthEnum, HealthFindingRef, reportOf } from './embedding-health.ts';
import { DistanceEnum, SchemaRelationEnum } from './enums.ts';
import { datasetOfId, embeddingTableOf } from './find.ts';
import { splitId } from './global-id.ts';
import { demand } from './mutation-scopes.ts';
import { DatasetRef, EmbeddingJobRef, EmbeddingPluginRef, type EmbeddingTableNode, EmbeddingTableRef } from './refs.ts';
import { measuredIndexOf, VectorIndexRef } from './vector-index.ts';

builder.node(EmbeddingTableRef, {
  description: 'A table of view embeddings in one vector space.',
  id: { resolve: ({ dataset, table }) => `${dataset.folder}/${table.name}` },
  loadOne: async (id, context) => {
    const [folder, name] = splitId(id, 2);
    const dataset = await context.loaders.dataset(context.library, folder);
    return dataset === null ? null : embeddingTableOf(context, dataset, name);
  },
  fields: (t) => ({
    name: t.string({ description: 'As it is on disk.', resolve: ({ table }) => table.name }),
    dataset: t.field({
      type: DatasetRef,
      description: 'The dataset whose views it holds vectors of.',
      resolve: ({ dataset }) => dataset,
    }),
    relation: t.field({
      type: SchemaRelationEnum,
      nullable: true,
      description: 'Of the table to the items; null where the layout records none.',
      resolve: ({ dataset, table }) => dataset.layout.relationOf(table.name),
    }),
    plugin: t.field({
      type: EmbeddingPluginRef,
      nullable: true,
      description: 'The plugin that serves its function here; null where none does.',
      resolve: ({ table }, _args, { models }) =>
        readable(table, (each) => models.pluginFor(each.space.embeddingFunction) ?? null),
    }),
    embeddingFunction: t.string({
      description: 'The LanceDB embedding function, such as `open-clip`; "" where the table cannot be read.',
      resolve: ({ table }) => readable(table, (each) => each.space.embeddingFunction) ?? '',
    }),
    options: t.field({
      type: 'JSON',
      description: "The function's options, as the table states them.",
      resolve: ({ table }) => readable(table, (each) => each.space.options) ?? {},
    }),
    dimensions: t.int({
      nullable: true,
      description: 'Length of its vectors; null, like the counts, where the table cannot be read.',
      resolve: ({ table }) => readable(table, (each) => each.dimensions),
    }),
    distance: t.field({
      type: DistanceEnum,
      nullable: true,
      description: 'How its vectors are compared, and what the distances of searches are.',
      resolve: ({ table }) => readable(table, (each) => each.space.distance),
    }),
    rowCount: t.int({
      nullable: true,
      description: 'Vectors that it holds.',
      resolve: ({ table }, _args, { loaders }) =>
        readable(table, (each) => loaders.once(each, 'rowCount', () => each.rowCount())),
    }),
    embeddedViewCount: t.int({
      nullable: true,
      description: 'Views of the dataset that have a vector.',
      resolve: async (node, _args, { loaders }) => (await coverageOf(node, loaders))?.embedded,
    }),
    viewCount: t.int({
      nullable: true,
      description: 'Views of the dataset that could have one: its pictures.',
      resolve: async (node, _args, { loaders }) => (await coverageOf(node, loaders))?.views,
    }),
    health: t.field({
      type: HealthEnum,
      description: 'How far it can be trusted for search.',
      resolve: async (node, _args, { loaders }) => (await reportOf(node, loaders)).health,
    }),
    findings: t.field({
      type: [HealthFindingRef],
      description: 'All that is wrong with it.',
      resolve: async (node, _args, { loaders }) => [...(await reportOf(node, loaders)).findings],
    }),
    index: t.field({
      type: VectorIndexRef,
      nullable: true,
      description: 'Its vector index, where it has one.',
      resolve: (node, _args, { loaders }) =>
        readable(node.table, (each) => loaders.once(each, 'vectorIndex', () => measuredIndexOf(node, each))),
    }),
    job: t.field({
      type: EmbeddingJobRef,
      nullable: true,
      description: 'The job that is at work on it.',
      resolve: ({ dataset, table }, _args, { jobs }) => jobs.runningOn(dataset, table.name),
    }),
  }),
});

interface CreatedTable {
  readonly table: EmbeddingTableNode;
  readonly embeddingFunction: string;
}

const CreatePayload = builder.objectRef<CreatedTable>('CreateEmbeddingTablePayload').implement({
  description: 'The table was made, or was there already and may stay.',
  fields: (t) => ({
    notice: t.string({
      nullable: true,
      description: 'What Pixano cannot do with the table; null where it can search and extend it.',
      resolve: ({ embeddingFunction }) => functionNotice(embeddingFunction),
    }),
    table: t.field({ type: EmbeddingTableRef, description: 'The table.', resolve: (payload) => payload.table }),
  }),
});

const CreateModeEnum = builder.enumType('CreateMode', {
  description: 'What to do where there is a table of that name.',
  values: {
    CREATE: { value: 'create', description: 'Leave it, and say so.' },
    OVERWRITE: {
      value: 'overwrite',
      description: 'Replace it: its vectors are gone. Needs the scope `admin`.',
    },
  } as const,
});

const CreateInput = builder.inputType('CreateEmbeddingTableInput', {
  description: 'The table to make.',
  fields: (t) => ({
    dataset: t.id({ required: true, description: 'Id of the dataset.' }),
    name: t.string({ required: true, description: 'Name of the table, such as `emb_open-clip`.' }),
    embeddingFunction: t.string({
      required: true,
      description: 'The LanceDB embedding function, such as `open-clip`.',
    }),
    options: t.field({
      type: 'JSON',
      description: "What differs from the function's defaults; see `EmbeddingPlugin.optionsSchema`.",
    }),
    relation: t.field({
      type: SchemaRelationEnum,
      required: true,
      defaultValue: SchemaRelation.OneToOne,
      description: 'Of the table to the items; written as given.',
    }),
    mode: t.field({ type: CreateModeEnum, required: true, defaultValue: 'create', description: 'Replace or not.' }),
    existOk: t.boolean({
      required: true,
      defaultValue: false,
      description: 'A table of that name with the same function and options is returned as it is.',
    }),
  }),
});

builder.mutationField('createEmbeddingTable', (t) =>
  t.field({
    type: CreatePayload,
    description: 'Makes an empty table for the vectors of one function, known to Pixano as well.',
    args: { input: t.arg({ type: CreateInput, required: true, description: 'The table to make.' }) },
    errors: {
      types: [ValidationError, NotFoundError, ConflictError, PluginError],
      union: { name: 'CreateEmbeddingTableResult', description: 'What came of it.' },
    },
    resolve: async (_root, { input }, context) => {
      const { name, relation, mode, existOk } = input;
      if (mode === 'overwrite') demand(context.caller, 'createEmbeddingTable(mode: OVERWRITE)');
      const dataset = await datasetOfId(context, input.dataset);
      const running = context.jobs.runningOn(dataset, name);
      if (running !== null && mode === 'overwrite') {
        throw new ConflictError('JOB_RUNNING', `A job is computing the table "${name}".`, { jobId: running.id });
      }
      const { embeddingFunction } = input;
      const options = optionsOf(input.options);
      const schema = await ViewEmbedding.createSchema({ embeddingFunction, tableName: name, dataset, options });
      const table = await dataset.createTable({ name, schema, relation, mode, existOk });
      return { table: { dataset, table }, embeddingFunction };
    },
  }),
);

function readable<Result>(table: EmbeddingTableNode['table'], read: (table: EmbeddingTable) => Result): Result | null {
  return table instanceof EmbeddingTable ? read(table) : null;
}

function optionsOf(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return { ...value };
  throw ValidationError.at('options', 'The options must be a JSON object.');
}
