import { SchemaRelation } from '../core/schema-relation.ts';
import { builder } from './builder.ts';

export const DatasetLayoutEnum = builder.enumType('DatasetLayout', {
  description: 'Which generation of Pixano wrote a dataset.',
  values: {
    ITEMS: { description: 'Up to 0.6: `item`, `item_ref`, `schema.json`.' },
    RECORDS: { description: '0.7 and later: `records`, `record_id`.' },
  } as const,
});

export const SchemaGroupEnum = builder.enumType('SchemaGroup', {
  description: 'What a table is for.',
  values: {
    ITEM: { description: 'The items, called records since Pixano 0.7.' },
    VIEW: { description: 'Media of the items, such as their pictures.' },
    ENTITY: { description: 'Things that are seen in views.' },
    ANNOTATION: { description: 'What is said of entities and views, such as bounding boxes.' },
    EMBEDDING: { description: 'Vectors of views.' },
    SOURCE: { description: 'Who made the annotations.' },
    OTHER: { description: 'A table that no schema of the dataset names.' },
  } as const,
});

export const SchemaRelationEnum = builder.enumType('SchemaRelation', {
  description: 'How the rows of a table stand to the items.',
  values: {
    ONE_TO_ONE: { value: SchemaRelation.OneToOne, description: 'One row an item.' },
    ONE_TO_MANY: { value: SchemaRelation.OneToMany, description: 'A row belongs to several items.' },
    MANY_TO_ONE: { value: SchemaRelation.ManyToOne, description: 'Several rows an item.' },
    MANY_TO_MANY: { value: SchemaRelation.ManyToMany, description: 'Both.' },
  },
});

export const DistanceEnum = builder.enumType('Distance', {
  description: 'How two vectors are compared; smaller is nearer.',
  values: {
    L2: { value: 'l2', description: 'The squared Euclidean distance, as LanceDB and Pixano give it.' },
    COSINE: { value: 'cosine', description: '1 - cos.' },
    DOT: { value: 'dot', description: '1 - the inner product.' },
  } as const,
});

export const ModalityEnum = builder.enumType('Modality', {
  description: 'What a plugin can embed.',
  values: {
    IMAGE: { value: 'image', description: 'Pictures.' },
    TEXT: { value: 'text', description: 'Texts, which a search by words needs.' },
  } as const,
});
