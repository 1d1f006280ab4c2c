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

/** Fields that every table of this layout begins with. */
const COMMON = { id: one('str'), created_at: one('datetime'), updated_at: one('datetime') };

/** `schema.json` of the items layout: the only place that says which tables a dataset has. */
export type ItemsSchema = z.infer<typeof itemsSchema>;

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

/** That of a new dataset whose items have one picture each, and `columns` of strings. */
export function newItemsSchema(columns: readonly string[]): ItemsSchema {
  const own = Object.fromEntries(columns.map((name) => [name, one('str')]));
  const image = {
    item_ref: one('ItemRef'),
    parent_ref: one('ViewRef'),
    url: one('str'),
    width: one('int'),
    height: one('int'),
    format: one('str'),
  };
  return {
    relations: { item: { image: SchemaRelation.OneToOne }, image: { item: SchemaRelation.OneToOne } },
    schemas: {
      image: { schema: 'Image', base_schema: 'Image', fields: { ...COMMON, ...image } },
      item: { schema: 'Item', base_schema: 'Item', fields: { ...COMMON, split: one('str'), ...own } },
    },
    groups: { annotations: [], embeddings: [], item: ['item'], entities: [], views: ['image'] },
  };
}

function viewEmbedding(dimensions: number): ItemsSchema['schemas'][string] {
  return {
    schema: 'ViewEmbedding',
    base_schema: 'ViewEmbedding',
    fields: {
      ...COMMON,
      item_ref: one('ItemRef'),
      vector: { ...one('FixedSizeList'), dim: dimensions, value_type: 'float' },
      shape: { type: 'int', collection: true },
      view_ref: one('ViewRef'),
    },
  };
}
