import { z } from 'zod';
import type { Distance } from '../plugins/embedding-plugin.ts';

/** What the vectors of a table are: which function made them, with which options, compared how. */
export interface VectorSpace {
  /** The LanceDB embedding function, such as `open-clip`. */
  readonly embeddingFunction: string;
  /** As the table states them: any that are left out have the function's defaults. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly distance: Distance;
  readonly vectorColumn: string;
  /** The column that its function is said to read; null for Pixano 0.8's own table, which names no function. */
  readonly sourceColumn: string | null;
}

/** What names a model: an embedding function and its options. */
export type ModelName = Pick<VectorSpace, 'embeddingFunction' | 'options'>;

/** The same text for the same model. */
export function modelKey({ embeddingFunction, options }: ModelName): string {
  return JSON.stringify([embeddingFunction, options]);
}

const METADATA_KEY = 'embedding_functions';

const metadataEntries = z
  .array(
    z.looseObject({
      name: z.string(),
      model: z.record(z.string(), z.unknown()),
      source_column: z.string(),
      vector_column: z.string(),
    }),
  )
  .min(1);

/**
 * Reads the schema metadata that Python's LanceDB keeps with a table; null where there is none,
 * or where it is not what LanceDB writes.
 *
 * Pixano names its functions `pixano_<dataset id>_<table>_<function>`. Where the table is not of
 * this dataset (a copied folder), the function is what follows the last "_": no function of
 * LanceDB's has one.
 */
export function vectorSpaceOf(
  metadata: ReadonlyMap<string, string>,
  names: { readonly datasetId: string; readonly table: string },
): VectorSpace | null {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) return null;
  const entries = metadataEntries.safeParse(parseJson(text));
  const entry = entries.success ? entries.data[0] : undefined;
  if (entry === undefined) return null;
  const prefix = functionName(names, '');
  const embeddingFunction = entry.name.startsWith(prefix)
    ? entry.name.slice(prefix.length)
    : entry.name.startsWith('pixano_')
      ? entry.name.slice(entry.name.lastIndexOf('_') + 1)
      : entry.name;
  // Pixano searches such a table with LanceDB's default metric, the squared L2.
  return {
    embeddingFunction,
    options: entry.model,
    distance: 'l2',
    vectorColumn: entry.vector_column,
    sourceColumn: entry.source_column,
  };
}

/** The same metadata for a new table, key by key as Python's LanceDB writes it (`json.dumps(indent=2)`). */
export function vectorSpaceMetadata(
  names: { readonly datasetId: string; readonly table: string },
  embeddingFunction: string,
  options: Readonly<Record<string, unknown>>,
  sourceColumn: string,
): Map<string, string> {
  const entry = {
    name: functionName(names, embeddingFunction),
    model: options,
    source_column: sourceColumn,
    vector_column: 'vector',
  };
  return new Map([[METADATA_KEY, JSON.stringify([entry], null, 2)]]);
}

function functionName(names: { readonly datasetId: string; readonly table: string }, embeddingFunction: string) {
  return `pixano_${names.datasetId}_${names.table}_${embeddingFunction}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
