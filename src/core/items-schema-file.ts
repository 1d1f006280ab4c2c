import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from './json-file.ts';
import { inverseRelation, SchemaRelation } from './schema-relation.ts';

const relation = z.enum(SchemaRelation);
const field = z.looseObject({ type: z.string(), collection: z.boolean() });
const tableSchema = z.looseObject({
  schema: z.string(),
  base_schema: z.string(),
  fields: z.record(z.string(), field),
});

const itemsSchema = z.looseObject({
  relations: z.record(z.string(), z.record(z.string(), relation)),
  schemas: z.record(z.string(), tableSchema),
  groups: z.record(z.string(), z.array(z.string())),
});

const one = (type: string) => ({ type, collection: false });
const several = (type: string) => ({ type, collection: true });

/** Fields that every table of this layout begins with. */
const COMMON = { id: one('str'), created_at: one('datetime'), updated_at: one('datetime') };

/** `schema.json` of the items layout: the only place that says which tables a dataset has. */
export type ItemsSchema = z.infer<typeof itemsSchema>;
type Fields = ItemsSchema['schemas'][string]['fields'];

export function readItemsSchema(folder: string): Promise<ItemsSchema | null> {
  return readJson(join(folder, 'schema.json'), itemsSchema, 'SCHEMA_INVALID');
}

/**
 * Adds a view embedding table exactly as `Dataset.create_table` of Pixano 0.6.12 does: relations
 * both ways, `relation` being that of the table to the items. All else in the file is kept.
 */
export function withEmbeddingTable(
  schema: ItemsSchema,
  name: string,
  dimensions: number,
  tableRelation: SchemaRelation,
): ItemsSchema {
  const embeddings = schema.groups.embeddings ?? [];
  return {
    ...schema,
    relations: {
      ...schema.relations,
      item: { ...schema.relations.item, [name]: inverseRelation(tableRelation) },
      [name]: { item: tableRelation },
    },
    schemas: { ...schema.schemas, [name]: viewEmbedding(dimensions) },
    groups: { ...schema.groups, embeddings: embeddings.includes(name) ? embeddings : [...embeddings, name] },
  };
}

/** Takes away all that `withEmbeddingTable` adds. */
export function withoutEmbeddingTable(schema: ItemsSchema, name: string): ItemsSchema {
  const without = <Value>(record: Record<string, Value>) =>
    Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
  const relations = Object.entries(without(schema.relations)).map(([table, to]) => [table, without(to)] as const);
  const groups = Object.entries(schema.groups).map(
    ([group, tables]) => [group, tables.filter((each) => each !== name)] as const,
  );
  return {
    ...schema,
    relations: Object.fromEntries(relations),
    schemas: without(schema.schemas),
    groups: Object.fromEntries(groups),
  };
}

export function writeItemsSchema(folder: string, schema: ItemsSchema): Promise<void> {
  return writeJson(join(folder, 'schema.json'), schema);
}

/** Columns that a dataset adds to those of Pixano's own schemas. */
export interface OwnColumn {
  readonly name: string;
  readonly type: 'str' | 'int' | 'float' | 'bool';
  readonly collection: boolean;
}

/** That of a new dataset whose items have one picture in each of `views`, and nothing marked in it. */
export function newItemsSchema(views: readonly string[], itemColumns: readonly OwnColumn[]): ItemsSchema {
  const image = {
    item_ref: one('ItemRef'),
    parent_ref: one('ViewRef'),
    url: one('str'),
    width: one('int'),
    height: one('int'),
    format: one('str'),
  };
  return {
    relations: {
      item: Object.fromEntries(views.map((view) => [view, SchemaRelation.OneToOne])),
      ...Object.fromEntries(views.map((view) => [view, { item: SchemaRelation.OneToOne }])),
    },
    schemas: {
      ...Object.fromEntries(views.map((view) => [view, tableOf('Image', image)])),
      item: tableOf('Item', { split: one('str'), ...own(itemColumns) }),
    },
    groups: { annotations: [], embeddings: [], item: ['item'], entities: [], views: [...views] },
  };
}

/** Adds the tables that Pixano 0.6.12 gives its own image datasets for what is marked in pictures. */
export function withMarks(schema: ItemsSchema, entityColumns: readonly OwnColumn[]): ItemsSchema {
  const annotation = {
    item_ref: one('ItemRef'),
    view_ref: one('ViewRef'),
    entity_ref: one('EntityRef'),
    source_ref: one('SourceRef'),
    inference_metadata: one('str'),
  };
  const entity = { item_ref: one('ItemRef'), view_ref: one('ViewRef'), parent_ref: one('EntityRef') };
  const coords = several('float');
  const box = { coords, format: one('str'), is_normalized: one('bool'), confidence: one('float') };
  const annotations = {
    bboxes: tableOf('BBox', { ...annotation, ...box }),
    masks: tableOf('CompressedRLE', { ...annotation, size: several('int'), counts: one('bytes') }),
    keypoints: tableOf('KeyPoints', { ...annotation, template_id: one('str'), coords, states: several('str') }),
  };
  const objects = tableOf('Entity', { ...entity, ...own(entityColumns) });
  // Pixano has another class of that very name where there are further columns.
  if (entityColumns.length > 0) objects.schema = 'CustomEntity';
  const tables = { objects, ...annotations };
  const names = Object.keys(tables);
  return {
    relations: {
      ...schema.relations,
      item: { ...schema.relations.item, ...Object.fromEntries(names.map((name) => [name, SchemaRelation.OneToMany])) },
      ...Object.fromEntries(names.map((name) => [name, { item: SchemaRelation.ManyToOne }])),
    },
    schemas: { ...schema.schemas, ...tables },
    groups: { ...schema.groups, entities: ['objects'], annotations: Object.keys(annotations) },
  };
}

function own(columns: readonly OwnColumn[]): Fields {
  return Object.fromEntries(columns.map(({ name, type, collection }) => [name, { type, collection }]));
}

function tableOf(schema: string, fields: Fields): ItemsSchema['schemas'][string] {
  return { schema, base_schema: schema, fields: { ...COMMON, ...fields } };
}

function viewEmbedding(dimensions: number): ItemsSchema['schemas'][string] {
  return {
    schema: 'ViewEmbedding',
    base_schema: 'ViewEmbedding',
    fields: {
      ...COMMON,
      item_ref: one('ItemRef'),
      vector: { ...one('FixedSizeList'), dim: dimensions, value_type: 'float' },
      shape: several('int'),
      view_ref: one('ViewRef'),
    },
  };
}
