/** How the rows of a table stand to the items, in the words of Pixano's `schema.json`. */
export const SchemaRelation = {
  OneToOne: 'one_to_one',
  OneToMany: 'one_to_many',
  ManyToOne: 'many_to_one',
  ManyToMany: 'many_to_many',
} as const;

export type SchemaRelation = (typeof SchemaRelation)[keyof typeof SchemaRelation];

/** The same relation, seen from the items. */
export function inverseRelation(relation: SchemaRelation): SchemaRelation {
  if (relation === SchemaRelation.OneToMany) return SchemaRelation.ManyToOne;
  if (relation === SchemaRelation.ManyToOne) return SchemaRelation.OneToMany;
  return relation;
}
