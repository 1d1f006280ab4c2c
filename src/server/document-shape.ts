import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql';

/** How large an operation is once its fragments are spread, whatever the types and the variables are. */
export interface DocumentShape {
  /** Levels of fields. */
  readonly depth: number;
  /** Fields. */
  readonly breadth: number;
  /** Fields under another name. */
  readonly aliases: number;
}

interface Shape extends DocumentShape {
  /** Whether a fragment spreads itself, perhaps through others: then it has no shape. */
  readonly endless: boolean;
}

const NOTHING: Shape = { depth: 0, breadth: 0, aliases: 0, endless: false };
const ENDLESS: Shape = { ...NOTHING, endless: true };

/**
 * Of the largest operation or fragment in each regard; null where a fragment spreads itself. Every fragment is looked at once, so it takes no longer than
 * reading the document, which may stand for billions of fields.
 */
export function shapeOf(document: DocumentNode): DocumentShape | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<SelectionSetNode, Shape>();
  const ofSet = (set: SelectionSetNode | undefined): Shape => {
    if (set === undefined) return NOTHING;
    const before = known.get(set);
    if (before !== undefined) return before;
    // What comes back here before it is known comes from within it.
    known.set(set, ENDLESS);
    let shape = NOTHING;
    for (const selection of set.selections) {
      const isField = selection.kind === Kind.FIELD;
      const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
      const inner = ofSet(isSpread ? fragments.get(selection.name.value)?.selectionSet : selection.selectionSet);
      shape = {
        depth: Math.max(shape.depth, inner.depth + Number(isField)),
        breadth: shape.breadth + inner.breadth + Number(isField),
        aliases: shape.aliases + inner.aliases + Number(isField && selection.alias !== undefined),
        endless: shape.endless || inner.endless,
      };
    }
    known.set(set, shape);
    return shape;
  };
  const shapes = document.definitions.map((each) => ofSet('selectionSet' in each ? each.selectionSet : undefined));
  if (shapes.some(({ endless }) => endless)) return null;
  const largest = (of: keyof DocumentShape) => Math.max(0, ...shapes.map((shape) => shape[of]));
  return { depth: largest('depth'), breadth: largest('breadth'), aliases: largest('aliases') };
}
