import type { EmbeddingTable } from './embedding-table.ts';
import { ConflictError } from './errors.ts';
import type { ImageEmbedder } from './image-embedder.ts';
import { compareWithPictures } from './verification-comparison.ts';
import { unrelatedAmong } from './verification-judgement.ts';
import { type StoredVector, spreadPositions, vectorsAt, vectorsOfViews } from './verification-scan.ts';
import type { ViewKey } from './view.ts';
import type { SelectedViews } from './view-selection.ts';
import type { Views } from './views.ts';

/** A model that may be another, and the pictures to tell it by. */
interface ModelBeside {
  readonly embedder: ImageEmbedder;
  readonly views: Views;
}

interface Call {
  readonly signal?: AbortSignal | undefined;
}

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
export async function checkSameSpace(table: EmbeddingTable, model: ModelBeside, call: Call = {}): Promise<void> {
  const rows = await vectorsAt(table, spreadPositions(await table.rowCount(), SAMPLE));
  const { isSame, unrelated, compared } = await judge(rows, table, model, call);
  if (isSame) return;
  throw new ConflictError(
    'CONFLICT',
    `The table "${table.name}" holds vectors of another model: ${unrelated} of ${compared} that were computed again ` +
      'have nothing to do with their pictures, and to add to them would mix two vector spaces. Put back the model that ' +
      'made them, or compute the whole table anew (embed --recompute); `verify` says more.',
  );
}

/**
 * Whether an interrupted recomputation may go on behind the view that it came to: the last of what
 * it wrote is held against what the model gives now, for the weights may have been put back meanwhile.
 */
export async function isOfSameModel(
  table: EmbeddingTable,
  { selected, after }: { readonly selected: SelectedViews; readonly after: ViewKey },
  model: ModelBeside,
  call: Call,
): Promise<boolean> {
  const last: ViewKey[] = [];
  for await (const { table: name, id } of selected.keys()) {
    call.signal?.throwIfAborted();
    last.push({ table: name, id });
    if (last.length > SAMPLE) last.shift();
    if (name === after.table && id === after.id) break;
  }
  const { isSame } = await judge(await vectorsOfViews(table, last), table, model, call);
  return isSame;
}

async function judge(
  rows: readonly StoredVector[],
  { layout }: EmbeddingTable,
  { embedder, views }: ModelBeside,
  call: Call,
): Promise<{ readonly isSame: boolean; readonly unrelated: number; readonly compared: number }> {
  const { compared } = await compareWithPictures(rows, { embedder, views, layout }, call);
  const unrelated = unrelatedAmong(compared, compared).length;
  const tooMany = Math.max(compared.length / 2, Math.min(2, compared.length));
  return { isSame: unrelated === 0 || unrelated < tooMany, unrelated, compared: compared.length };
}
