import { readFile } from 'node:fs/promises';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isUnionType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';

/** What clients are written against: type, then its fields, values, members or input fields. */
const FIXED: Readonly<Record<string, string>> = {
  Query: 'node nodes library dataset embeddingPlugins embeddingJob',
  Mutation: 'createEmbeddingTable computeViewEmbeddings',
  Subscription: 'embeddingJob',
  Node: 'id',
  Error: 'code message',
  DatasetBy: 'id pixanoId folder name',
  Library: 'name datasets problems',
  LibraryProblem: 'folder code message',
  DatasetLayout: 'ITEMS RECORDS',
  Dataset:
    'id pixanoId folder name description layout itemCount previewUrl tables itemColumns items item views ' +
    'embeddingTables embeddingTable search',
  Table: 'name group rowCount columns relation',
  Column: 'name type nullable filterable sortable',
  SchemaGroup: 'ITEM VIEW ENTITY ANNOTATION EMBEDDING SOURCE OTHER',
  SchemaRelation: 'ONE_TO_ONE ONE_TO_MANY MANY_TO_ONE MANY_TO_MANY',
  Item: 'id pixanoId attributes views embeddings',
  View: 'id pixanoId table item width height format mediaUrl thumbnailUrl embeddings',
  ThumbnailSize: 'PX_128 PX_256 PX_512',
  ViewEmbedding: 'id pixanoId table view item shape vector',
  EmbeddingHealth: 'EMPTY PARTIAL READY STALE DIMENSION_MISMATCH MISSING_PLUGIN MISSING_MODEL CORRUPT',
  HealthFinding: 'code count message',
  EmbeddingTable:
    'id name dataset relation plugin embeddingFunction options dimensions distance rowCount embeddedViewCount ' +
    'viewCount health findings index job',
  Distance: 'L2 COSINE DOT',
  VectorIndex: 'type indexedRows unindexedRows recallAt10',
  EmbeddingPlugin: 'name functions version description modalities optionsSchema models available unavailableReason',
  Modality: 'IMAGE TEXT',
  EmbeddingModel: 'name dimensions installed',
  SearchInput: 'table query groupBy maxDistance exact',
  SearchQuery: 'text',
  SearchGroup: 'ITEM VIEW',
  SearchConnection: 'edges nodes pageInfo table explain',
  SearchEdge: 'cursor node view distance similarity',
  SearchExplain: 'exact indexType candidates embedMs searchMs fetchMs',
  Filter: 'all any not column',
  ColumnFilter: 'name is',
  Condition: 'eq ne in lt lte gt gte contains startsWith isNull',
  OrderBy: 'column direction',
  OrderDirection: 'ASC DESC',
  CreateMode: 'CREATE OVERWRITE',
  CreateEmbeddingTableInput: 'dataset name embeddingFunction options relation mode existOk',
  CreateEmbeddingTablePayload: 'table',
  CreateEmbeddingTableResult: 'CreateEmbeddingTablePayload ValidationError NotFoundError ConflictError PluginError',
  ComputeViewEmbeddingsInput: 'dataset table views recompute',
  ViewSelection: 'table ids',
  ViewTableSelection: 'name limit',
  ComputeViewEmbeddingsPayload: 'job',
  ComputeViewEmbeddingsResult: 'ComputeViewEmbeddingsPayload ValidationError NotFoundError ConflictError PluginError',
  ValidationError: 'code message issues',
  InputIssue: 'path message',
  NotFoundError: 'code message',
  ConflictError: 'code message job',
  PluginError: 'code message plugin model',
  EmbeddingJobKind: 'EMBED INDEX',
  EmbeddingJobState: 'QUEUED RUNNING CANCELLING CANCELLED INTERRUPTED SUCCEEDED FAILED',
  EmbeddingJob:
    'id kind state dataset table total embedded skipped failed rate etaSeconds createdAt startedAt finishedAt error ' +
    'failures',
  EmbeddingFailure: 'viewTable viewId view code message occurredAt',
  EmbeddingJobEvent: 'cursor occurredAt job',
  PageInfo: 'hasNextPage hasPreviousPage startCursor endCursor',
  ...Object.fromEntries(
    ['Dataset', 'Item', 'View', 'ViewEmbedding', 'EmbeddingFailure'].flatMap((name) => [
      [`${name}Connection`, 'edges nodes pageInfo totalCount'],
      [`${name}Edge`, 'cursor node'],
    ]),
  ),
};

const ARGUMENTS: Readonly<Record<string, string>> = {
  'Dataset.items': 'first: Int, after: String, last: Int, before: String',
  'Dataset.item': 'pixanoId: String!',
  'Dataset.views': 'table: String, first: Int, after: String',
  'Dataset.embeddingTable': 'name: String!',
  'Dataset.search': 'input: SearchInput!, first: Int! = 24, after: String',
  'Item.views': 'table: String, first: Int, after: String',
  'Item.embeddings': 'table: String, first: Int, after: String',
  'View.thumbnailUrl': 'size: ThumbnailSize! = 256',
  'View.embeddings': 'table: String, first: Int, after: String',
  'Library.datasets': 'first: Int, after: String',
  'EmbeddingJob.failures': 'first: Int, after: String',
  'Subscription.embeddingJob': 'id: ID!, after: String',
};

describe('the schema', () => {
  test.each(Object.entries(FIXED))('has %s with its fixed names', (name, members) => {
    expect(membersOf(schema.getType(name))).toEqual(expect.arrayContaining(members.split(' ')));
  });

  test.each(Object.entries(ARGUMENTS))('has %s with its fixed arguments', (name, expected) => {
    const [typeName = '', fieldName = ''] = name.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    const shown = field?.args.map((arg) => {
      const standard = arg.defaultValue === undefined ? '' : ` = ${arg.defaultValue}`;
      return `${arg.name}: ${arg.type}${standard}`;
    });
    expect(shown).toEqual(expect.arrayContaining(expected.split(', ')));
  });

  test('describes every type, field, argument, value and input field', () => {
    const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
    expect(types.flatMap(undescribed)).toEqual([]);
  });

  test('lets exactly one way be chosen where a dataset, views or a query are named', () => {
    for (const name of ['DatasetBy', 'ViewSelection', 'SearchQuery']) {
      expect(schema.getType(name), name).toMatchObject({ isOneOf: true });
    }
  });

  test("is what the tutorial's operations are written for", async () => {
    const source = await readFile(new URL('../../src/server/tutorial.graphql', import.meta.url), 'utf8');
    expect(validate(schema, parse(source))).toEqual([]);
  });
});

function membersOf(type: GraphQLNamedType | undefined): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isUnionType(type)) return type.getTypes().map(({ name }) => name);
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) return Object.keys(type.getFields());
  return [];
}

/** Paths of what has no description, within a type. */
function undescribed(type: GraphQLNamedType): string[] {
  const parts: [string, string | null | undefined][] = [[type.name, type.description]];
  if (isEnumType(type)) for (const value of type.getValues()) parts.push([`${type}.${value.name}`, value.description]);
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) parts.push([`${type}.${field.name}`, field.description]);
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      parts.push([`${type}.${field.name}`, field.description]);
      for (const arg of field.args) parts.push([`${type}.${field.name}(${arg.name})`, arg.description]);
    }
  }
  return parts.filter(([, description]) => !description?.trim()).map(([path]) => path);
}
