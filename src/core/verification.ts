import type { EmbeddingCoverage } from './embedding-coverage.ts';
import { dimensionFinding, type HealthFinding, plainFinding, rowFindings } from './embedding-health.ts';
import { type EmbeddingModels, locatedModel } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { Ending } from './ending.ts';
import { ValidationError } from './errors.ts';
import { ImageEmbedder } from './image-embedder.ts';
import { type Comparison, compareWithPictures } from './verification-comparison.ts';
import { comparisonFindings, flawFindings, type VectorFinding } from './verification-findings.ts';
import { TOLERANCE } from './verification-judgement.ts';
import { type PlacedVector, scanVectors, spreadPositions } from './verification-scan.ts';
import type { Views } from './views.ts';

export interface VerifyOptions {
  /** Rows whose vectors are computed anew, from 1 to 1000; 32 where it is left out. */
  readonly sample?: number | undefined;
  /** The largest 1 - cos at which a vector is right; {@link TOLERANCE} where it is left out. */
  readonly tolerance?: number | undefined;
  /** Draws the rows of the sample; where it is left out they are evenly spaced, and always the same. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: VerificationProgress) => void) | undefined;
}

/** First every vector is read, then those of the sample are computed. */
export interface VerificationProgress {
  readonly phase: 'READING' | 'COMPUTING';
  readonly done: number;
  readonly total: number;
}

/** One row of the sample. */
export interface VerifiedRow {
  readonly id: string;
  /** Its place in the table, from 0. */
  readonly position: number;
  readonly view: { readonly table: string | null; readonly id: string };
  /** 1 - cos of the stored vector and the computed one; null where there is none to compare with. */
  readonly distance: number | null;
  /** Why there is none. */
  readonly reason: string | null;
}

/** How near the stored vectors of a table are to what its model gives now. */
export interface Verification {
  /** Rows of the table, all of which were read. */
  readonly rows: number;
  /** Vectors that were computed anew and compared. */
  readonly sampled: number;
  /** The largest 1 - cos among them; null where there are none. */
  readonly worstDistance: number | null;
  readonly tolerance: number;
  /** Whether no vector was found wrong. Missing views, duplicates and orphans leave it true. */
  readonly ok: boolean;
  /** What is wrong with vectors, worst first; with `ok` this is empty. */
  readonly wrong: readonly VectorFinding[];
  /** All findings: those of `wrong`, and how the rows stand to the views. */
  readonly findings: readonly HealthFinding[];
  readonly sample: readonly VerifiedRow[];
}

/** What verifying a table needs of its dataset. */
export interface VerifiedDataset {
  readonly views: Views;
  readonly models: EmbeddingModels;
  coverage(table: EmbeddingTable): Promise<EmbeddingCoverage>;
}

const LARGEST_SAMPLE = 1000;
/** Milliseconds that a batch under way has when the signal aborts. */
const GRACE_MS = 1000;

/**
 * Reads every vector of a table, in bounded memory, and computes a sample of them anew.
 * @throws ValidationError, PluginError, DatasetUnreadableError, or the signal's reason
 */
export async function verifyTable(
  table: EmbeddingTable,
  dataset: VerifiedDataset,
  { sample = 32, tolerance = TOLERANCE, seed, signal, onProgress }: VerifyOptions = {},
): Promise<Verification> {
  const { views, models } = dataset;
  checkOptions(sample, tolerance);
  signal?.throwIfAborted();
  const { embeddingFunction, options, distance } = table.space;
  const { name } = await locatedModel(models, embeddingFunction, options);
  using ending = new Ending(signal, GRACE_MS);
  const embedder = new ImageEmbedder(dataset, table.space, { ending });
  const model = await embedder.model();
  // By the cosine, a vector's length is nothing.
  const lengthMatters = distance !== 'cosine';
  const total = await table.rowCount();
  const scan = await scanVectors(table, {
    positions: spreadPositions(total, sample, seed),
    normalized: model.normalized && lengthMatters,
    signal,
    onRows: (done) => onProgress?.({ phase: 'READING', done, total }),
  });
  const wrong = flawFindings(scan);
  let comparison: Comparison = { compared: [], unread: new Map(), orphans: [] };
  if (model.dimensions === table.dimensions) {
    const progress = (done: number) => onProgress?.({ phase: 'COMPUTING', done, total: scan.sample.length });
    const { layout } = table;
    comparison = await compareWithPictures(scan.sample, { embedder, views, layout }, { signal, onRows: progress });
    const comparesLengths = lengthMatters && !model.normalized;
    wrong.unshift(...comparisonFindings(comparison, { model: name, tolerance, comparesLengths }));
  } else {
    wrong.unshift({ ...dimensionFinding(table, name, model.dimensions), rows: scan.sample.slice(0, 1) });
  }
  const { compared } = comparison;
  const unverified = wrong.length === 0 && scan.rows > 0 && compared.length === 0;
  return {
    rows: scan.rows,
    sampled: compared.length,
    worstDistance: compared.length === 0 ? null : Math.max(...compared.map((each) => each.distance)),
    tolerance,
    ok: wrong.length === 0 && !unverified,
    wrong,
    findings: [
      ...wrong.map(plainFinding),
      ...(unverified ? [nothingCompared(scan.rows)] : []),
      ...unreadFindings(comparison, scan.sample.length),
      ...rowFindings(await dataset.coverage(table)).map(plainFinding),
    ],
    sample: verifiedRows(scan.sample, comparison),
  };
}

function checkOptions(sample: number, tolerance: number): void {
  if (!(Number.isSafeInteger(sample) && sample >= 1 && sample <= LARGEST_SAMPLE)) {
    throw ValidationError.at(
      'sample',
      `The sample must be a whole number from 1 to ${LARGEST_SAMPLE}, and not ${sample}.`,
    );
  }
  if (!(tolerance >= 0 && tolerance <= 2)) {
    throw ValidationError.at('tolerance', `The tolerance must be a number from 0 to 2, and not ${tolerance}.`);
  }
}

function nothingCompared(rows: number): HealthFinding {
  const message =
    'No vector of the sample could be computed anew, so nothing is known of the others: see the reasons at its rows.';
  return { code: 'NOT_VERIFIED', count: rows, message };
}

function unreadFindings({ unread }: Comparison, sampled: number): HealthFinding[] {
  const [reason] = unread.values();
  if (reason === undefined) return [];
  const message =
    `${unread.size} of ${sampled} sampled pictures cannot be read now, so their vectors were not verified. ` +
    `The first: ${reason}`;
  return [{ code: 'UNREADABLE_VIEWS', count: unread.size, message }];
}

function verifiedRows(sample: readonly PlacedVector[], { compared, unread }: Comparison): VerifiedRow[] {
  const distances = new Map(compared.map(({ stored, distance }) => [stored, distance]));
  return sample.map((stored) => {
    const { id, position, view } = stored;
    const distance = distances.get(stored) ?? null;
    const reason = distance === null ? (unread.get(stored) ?? 'The view is no longer in the dataset.') : null;
    return { id, position, view, distance, reason };
  });
}
