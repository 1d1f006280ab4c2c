import type { Library, LibraryProblem } from '../core/library.ts';
import { builder } from './builder.ts';
import { connectionFromList, pageArgs, pageComplexity } from './connection.ts';
import { DatasetConnection } from './connections.ts';
import { idOrNull } from './global-id.ts';
import { DatasetRef } from './refs.ts';

const LibraryProblemRef = builder.objectRef<LibraryProblem>('LibraryProblem').implement({
  description: 'A folder that looks like a dataset and cannot be opened; it hides no other.',
  fields: (t) => ({
    folder: t.exposeString('folder', { description: 'Its name in the library.' }),
    code: t.exposeString('code', {
      description: 'Such as INFO_MISSING, INFO_INVALID, SCHEMA_INVALID, TABLES_MISSING.',
    }),
    message: t.string({
      description: 'What is wrong, with which file.',
      resolve: ({ message }, _args, { publicText }) => publicText.of(message),
    }),
  }),
});

const LibraryRef = builder.objectRef<Library>('Library').implement({
  description: 'A folder of Pixano datasets.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the folder.' }),
    datasets: t.field({
      type: DatasetConnection,
      description: 'The datasets that can be opened, by folder name.',
      args: pageArgs(),
      complexity: pageComplexity(),
      resolve: async (library, args, context) =>
        connectionFromList(await library.datasets(), args, context, ({ folder }) => folder),
    }),
    problems: t.field({
      type: [LibraryProblemRef],
      description: 'The folders that look like datasets and cannot be opened.',
      resolve: (library) => library.problems(),
    }),
  }),
});

const DatasetBy = builder.inputType('DatasetBy', {
  description: 'Names one dataset.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The id of the node.' }),
    pixanoId: t.string({ description: "Pixano's own id; it must be unique in the library." }),
    folder: t.string({ description: "Name of the dataset's folder." }),
    name: t.string({ description: 'Its name; it must be unique in the library.' }),
  }),
});

builder.queryFields((t) => ({
  library: t.field({
    type: LibraryRef,
    description: 'The library that this service has open.',
    resolve: (_root, _args, { library }) => library,
  }),
  dataset: t.field({
    type: DatasetRef,
    nullable: true,
    description: 'One dataset; null where there is none of that name.',
    args: { by: t.arg({ type: DatasetBy, required: true, description: 'Which one.' }) },
    resolve: (_root, { by }, { library }) => {
      if (by.id != null) return library.find({ folder: idOrNull('Dataset', by.id) ?? '' });
      if (by.pixanoId != null) return library.find({ pixanoId: by.pixanoId });
      if (by.folder != null) return library.find({ folder: by.folder });
      return library.find({ name: by.name ?? '' });
    },
  }),
}));
