import { join } from 'node:path';
import { type ItemsSchema, readItemsSchema } from '../items-schema-file.ts';
import { TableStore } from '../table-store.ts';
import { canLock, lockDataset } from '../write-lock.ts';
import { AttributeColumns } from './attribute-column.ts';
import { attributeColumns, checkTables, type ImportTarget } from './import-target.ts';
import { ItemsRows } from './items-rows.ts';
import { ENTITY_COLUMNS, ITEM_COLUMNS, ITEMS_TABLES } from './items-tables.ts';
import { writeItems } from './row-writer.ts';
import { optimize } from './scalar-indexes.ts';
import { MARKS, type Mark, type SourceSurvey } from './source-survey.ts';

/** The schemas of Pixano 0.6 whose rows an import makes. */
const SCHEMAS: Readonly<Record<Mark, string>> = {
  entities: 'Entity',
  boxes: 'BBox',
  masks: 'CompressedRLE',
  keypoints: 'KeyPoints',
};

/**
 * A dataset of the items layout, as it is in the library. Its columns stay as they are.
 * @throws ValidationError where it has no place for what the source has
 */
export async function openItemsDataset(path: string, survey: SourceSurvey): Promise<ImportTarget> {
  const store = new TableStore(join(path, 'db'));
  const schema = await readItemsSchema(path);
  const tables = tablesOf(schema, await store.folder.names());
  checkTables(survey, {
    view: (name) => schema?.groups.views?.includes(name) === true && schema.schemas[name]?.base_schema === 'Image',
    mark: (mark) => tables[mark] !== undefined,
  });
  const rows = new ItemsRows(
    { ...ITEMS_TABLES, ...tables },
    attributeColumns(await store.schema('item'), ITEM_COLUMNS),
    tables.entities === undefined
      ? new AttributeColumns([])
      : attributeColumns(await store.schema(tables.entities), ENTITY_COLUMNS),
  );
  rows.check(survey);
  // Pixano 0.6 takes no lock, but another import does.
  const alone = async (write: () => Promise<void>) => {
    await using _lock = (await canLock()) ? await lockDataset(path) : null;
    await write();
  };
  let written = false;
  return {
    store,
    itemTable: rows.itemTable,
    write(items) {
      written = true;
      return alone(() => writeItems(store, rows, items));
    },
    async finish() {
      if (written) await alone(() => optimize(store, ['item', ...survey.views.keys(), ...Object.values(tables)]));
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Those that have the usual names, else the first ones of the same schema. */
function tablesOf(schema: ItemsSchema | null, onDisk: readonly string[]): Partial<Record<Mark, string>> {
  const found = MARKS.map((mark): [Mark, string | undefined] => {
    const ofSchema = onDisk.filter((name) => schema?.schemas[name]?.base_schema === SCHEMAS[mark]);
    return [mark, ofSchema.find((name) => name === ITEMS_TABLES[mark]) ?? ofSchema[0]];
  });
  return Object.fromEntries(found.filter(([, table]) => table !== undefined));
}
