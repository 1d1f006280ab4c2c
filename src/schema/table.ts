import type { Column } from '../core/column.ts';
import type { TableInfo } from '../core/dataset-tables.ts';
import { builder } from './builder.ts';
import { SchemaGroupEnum, SchemaRelationEnum } from './enums.ts';

export const ColumnRef = builder.objectRef<Column>('Column').implement({
  description: 'A column of a table.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it is on disk.' }),
    type: t.exposeString('type', { description: 'In the words of Arrow, such as `string`, `int64`, `timestamp[us]`.' }),
    nullable: t.exposeBoolean('nullable', { description: 'Whether a row may lack it.' }),
    filterable: t.boolean({
      description: 'Whether its values can be compared; filters name columns of the item table alone.',
      resolve: ({ scalar }) => scalar !== null,
    }),
    sortable: t.boolean({
      description: 'Whether its values have an order; orders name columns of the item table alone.',
      resolve: ({ scalar }) => scalar !== null,
    }),
  }),
});

export const TableRef = builder.objectRef<TableInfo>('Table').implement({
  description: 'A table of a dataset.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'As it is on disk.' }),
    group: t.field({ type: SchemaGroupEnum, description: 'What it is for.', resolve: (table) => table.group }),
    rowCount: t.exposeInt('rowCount', { description: 'Rows it has now.' }),
    columns: t.field({ type: [ColumnRef], description: 'In their order.', resolve: (table) => [...table.columns] }),
    relation: t.field({
      type: SchemaRelationEnum,
      nullable: true,
      description: 'Of the table to the items; null where the layout records none.',
      resolve: (table) => table.relation,
    }),
  }),
});
