import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ValidationError } from '../errors.ts';
import { newItemsSchema, withMarks, writeItemsSchema } from '../items-schema-file.ts';
import { writeJson } from '../json-file.ts';
import { derivedId } from '../row-id.ts';
import { AttributeColumns } from './attribute-column.ts';
import type { NewDatasetInput, NewDatasetLayout } from './dataset-layout.ts';
import { ItemsRows } from './items-rows.ts';
import { ENTITY_COLUMNS, ITEM_COLUMNS, ITEMS_TABLES, itemsTables } from './items-tables.ts';
import { optimize } from './scalar-indexes.ts';

/** A dataset as the builder of Pixano 0.6.12 makes one. @throws ValidationError */
export function newItemsDataset(input: NewDatasetInput): NewDatasetLayout {
  const { views, itemColumns, entityColumns } = input;
  const tables = itemsTables(views, itemColumns, entityColumns);
  for (const view of views) {
    if (!/^[a-z0-9_.-]+$/.test(view) || Object.values<string>(ITEMS_TABLES).concat('item', 'source').includes(view)) {
      throw ValidationError.at(
        'metadata',
        `"${view}" cannot name a view of the items layout: Pixano 0.6 would not find it.`,
      );
    }
  }
  // An item has its columns and its tables in one object of Pixano's.
  checkColumns(itemColumns, [...ITEM_COLUMNS, ...tables.keys()]);
  checkCapitals(itemColumns, ITEM_COLUMNS);
  checkColumns(entityColumns, ENTITY_COLUMNS);
  checkCapitals(entityColumns, ENTITY_COLUMNS);
  return {
    tables,
    rows: new ItemsRows(ITEMS_TABLES, new AttributeColumns(itemColumns), new AttributeColumns(entityColumns)),
    settle: (store) => optimize(store, [...tables.keys()]),
    async writeFiles(folder) {
      await writeJson(join(folder, 'features_values.json'), { item: {}, views: {}, entities: {}, annotations: {} });
      await writeItemsSchema(folder, withMarks(newItemsSchema(views, itemColumns), entityColumns));
      const id = input.id ?? derivedId(randomUUID());
      const { name, description } = input;
      const info = { id, name, description, size: 'Unknown', preview: '', workspace: 'image' };
      await writeJson(join(folder, 'info.json'), info);
    },
  };
}

/** Members that pydantic calls by these names on each of Pixano's rows: a field so named breaks its class. */
const OF_PYDANTIC = /^model_(config|fields|post_init|dump(_json)?|validate(_json|_strings)?)$/;

/** @throws ValidationError where a column would hide one of Pixano's own, or Pixano could not read it */
export function checkColumns(columns: NewDatasetInput['itemColumns'], taken: readonly string[]): void {
  for (const { name } of columns) {
    if (taken.includes(name) || OF_PYDANTIC.test(name)) {
      throw ValidationError.at('metadata', `"${name}" cannot be an attribute: it is a name of Pixano's own.`);
    }
    // Pixano 0.6 puts such names into SQL as they are.
    if (!/^\p{L}[\p{L}\p{N}_]*$/u.test(name)) {
      throw ValidationError.at(
        'metadata',
        `"${name}" cannot be an attribute: rename it to letters, digits and "_", a letter first.`,
      );
    }
  }
}

/** Pixano 0.6 reads its tables by way of DuckDB, to which `ID` and `id` are one: both get the first one's values. */
function checkCapitals(columns: NewDatasetInput['itemColumns'], own: readonly string[]): void {
  const seen = new Map(own.map((name) => [name, name]));
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw ValidationError.at(
        'metadata',
        `"${name}" cannot be an attribute beside "${other}": Pixano 0.6 takes names that differ in capitals for one. Rename it.`,
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}
