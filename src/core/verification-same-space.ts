import type { EmbeddingTable } from './embedding-table.ts';
import { ConflictError } from './errors.ts';
import type { ImageEmbedder } from './image-embedder.ts';
import { compareWithPictures } from './verification-comparison.ts';
import { unrelatedAmong } from './verification-judgement.ts';
import { spreadPositions, vectorsAt } from './verification-scan.ts';
import type { Views } from './views.ts';

/** Vectors that are computed anew before a table is extended. */
const SAMPLE = 4;

/**
 * Refuses to add vectors of another model to those that a table has. A few of them, from its first
 * part to its last, are computed anew: where at least half, and not just one of several, are
 * unrelated to their pictures, other weights have taken the place of those that made them. What is
 * less than that (a preparation that differs, one picture that was replaced) is for `verify` to
 * tell. An empty table, and one whose pictures cannot be read, pass.
 * @throws ConflictError CONFLICT, which says what to do; PluginError; the signal's reason
 */
export async function checkSameSpace(
  table: EmbeddingTable,
  { embedder, views }: { readonly embedder: ImageEmbedder; readonly views: Views },
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const rows = await vectorsAt(table, spreadPositions(await table.rowCount(), SAMPLE));
  const { compared } = await compareWithPictures(rows, { embedder, views, layout: table.layout }, { signal });
  const unrelated = unrelatedAmong(compared, compared).length;
  const tooMany = Math.max(compared.length / 2, Math.min(2, compared.length));
  if (unrelated === 0 || unrelated < tooMany) return;
  throw new ConflictError(
    'CONFLICT',
    `The table "${table.name}" holds vectors of another model: ${unrelated} of ${compared.length} that were computed again ` +
      'have nothing to do with their pictures, and to add to them would mix two vector spaces. Put back the model that ' +
      'made them, or compute the whole table anew (embed --recompute); `verify` says more.',
  );
}
