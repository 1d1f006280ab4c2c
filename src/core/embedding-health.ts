import { EmbeddingError, type ModelLocation } from '../plugins/embedding-plugin.ts';
import type { EmbeddingCoverage } from './embedding-coverage.ts';
import type { EmbeddingModels } from './embedding-models.ts';
import type { EmbeddingTable } from './embedding-table.ts';

export type EmbeddingHealth =
  | 'EMPTY'
  | 'PARTIAL'
  | 'READY'
  | 'STALE'
  | 'DIMENSION_MISMATCH'
  | 'MISSING_PLUGIN'
  | 'MISSING_MODEL'
  | 'CORRUPT';

/** One thing that is wrong with a table. */
export interface HealthFinding {
  readonly code: string;
  /** Rows or views that it is about; 1 where it is about the table. */
  readonly count: number;
  readonly message: string;
}

export interface HealthReport {
  readonly health: EmbeddingHealth;
  readonly findings: readonly HealthFinding[];
}

interface Diagnosis extends HealthFinding {
  /** What the table's health is at best while this holds; null where it stays usable. */
  readonly health: EmbeddingHealth | null;
}

/**
 * How far a table can be trusted for search. The worst finding decides; all of them are told.
 * @param known what its last verification found wrong and still is, and what is wrong with its vector index
 */
export async function healthOf(
  table: EmbeddingTable,
  coverage: EmbeddingCoverage,
  models: EmbeddingModels,
  { verified, ofIndex }: { readonly verified: readonly HealthFinding[]; readonly ofIndex: readonly HealthFinding[] },
): Promise<HealthReport> {
  const about = await modelFindings(table, models);
  const found = [
    ...about,
    ...verified.filter(({ code }) => !about.some((each) => each.code === code)).map(failedVerification),
    ...rowFindings(coverage),
    ...(await layoutFindings(table)),
    // Without its index it is searched exactly.
    ...ofIndex.map((finding) => ({ health: null, ...finding })),
  ];
  const health = found.find((finding) => finding.health !== null)?.health ?? 'READY';
  return { health, findings: found.map(plainFinding) };
}

/** A finding without what else is known of it. */
export function plainFinding({ code, count, message }: HealthFinding): HealthFinding {
  return { code, count, message };
}

/** The health of a table that cannot be read. */
export function corrupt({ message }: { readonly message: string }): HealthReport {
  const remedy = 'Put its files back from a copy, or delete its folder and compute the table anew.';
  return { health: 'CORRUPT', findings: [{ code: 'CORRUPT', count: 1, message: `${message} ${remedy}` }] };
}

async function modelFindings(table: EmbeddingTable, models: EmbeddingModels): Promise<Diagnosis[]> {
  const { embeddingFunction, options } = table.space;
  const about = (health: EmbeddingHealth, message: string) => [{ health, code: health, count: 1, message }];
  const plugin = models.pluginFor(embeddingFunction);
  if (plugin === undefined) {
    return about(
      'MISSING_PLUGIN',
      `No plugin here serves the embedding function "${embeddingFunction}": name one that does in the configuration.`,
    );
  }
  const availability = await plugin.availability();
  if (!availability.available) return about('MISSING_PLUGIN', availability.reason);
  let location: ModelLocation;
  try {
    location = await models.locate(embeddingFunction, options);
  } catch (error) {
    // Options that the plugin does not take, such as those of a newer LanceDB.
    if (error instanceof EmbeddingError) return about('MISSING_MODEL', error.message);
    throw error;
  }
  if (!location.installed) return about('MISSING_MODEL', location.reason);
  const { dimensions } = location;
  if (dimensions !== null && dimensions !== table.dimensions) {
    return [{ health: 'DIMENSION_MISMATCH', ...dimensionFinding(table, location.name, dimensions) }];
  }
  return [];
}

export function dimensionFinding(table: EmbeddingTable, model: string, dimensions: number): HealthFinding {
  const message =
    `The table's vectors have ${table.dimensions} dimensions, those of the model ${model} have ${dimensions}: this is ` +
    'another model. Put the one that made them back in its folder, or make another table for this one.';
  return { code: 'DIMENSION_MISMATCH', count: 1, message };
}

function failedVerification(finding: HealthFinding): Diagnosis {
  return { health: finding.code === 'DIMENSION_MISMATCH' ? finding.code : 'STALE', ...finding };
}

async function layoutFindings({ name, layout }: EmbeddingTable): Promise<Diagnosis[]> {
  if (await layout.knows(name)) return [];
  const message =
    'The dataset does not name this table, so Pixano does not find it; computing it puts that right, unless its name has capitals.';
  return [{ health: null, code: 'UNKNOWN_TO_PIXANO', count: 1, message }];
}

/** What is to be said of how the rows stand to the views. */
export function rowFindings({ rows, views, embedded, duplicates, orphans }: EmbeddingCoverage): Diagnosis[] {
  const findings: Diagnosis[] = [];
  if (rows === 0 && views > 0) {
    findings.push({
      health: 'EMPTY',
      code: 'EMPTY',
      count: views,
      message: 'No view has a vector yet: compute the table.',
    });
  }
  if (orphans > 0) {
    const message =
      `${orphans} views with a vector are no longer in the dataset; searches leave them out. ` +
      'To be rid of their rows, make the table anew.';
    findings.push({ health: 'STALE', code: 'ORPHANS', count: orphans, message });
  }
  if (rows > 0 && embedded < views) {
    const message = `${views - embedded} of ${views} views have no vector, and no search finds them: compute the table.`;
    findings.push({ health: 'PARTIAL', code: 'MISSING_VIEWS', count: views - embedded, message });
  }
  if (duplicates > 0) {
    const message =
      `${duplicates} rows repeat a view that another row has; searches show it once. ` +
      'Computing the table anew (recompute) leaves one row a view.';
    findings.push({ health: null, code: 'DUPLICATES', count: duplicates, message });
  }
  return findings;
}
