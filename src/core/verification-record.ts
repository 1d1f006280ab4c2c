import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { type HealthFinding, plainFinding } from './embedding-health.ts';
import type { EmbeddingTable } from './embedding-table.ts';
import { readJson, writeJson } from './json-file.ts';
import type { StateFolder } from './state-folder.ts';
import type { Verification } from './verification.ts';
import { vectorsById } from './verification-scan.ts';

const findingShape = z.object({
  code: z.string(),
  count: z.number(),
  message: z.string(),
  /** Rows that it was made at, and what their vectors were. */
  rows: z.array(z.object({ id: z.string(), vector: z.string() })),
});

const recordShape = z.object({
  /** Pixano's id of the dataset. */
  dataset: z.string(),
  /** Of the table, as its store has it. */
  version: z.string(),
  verifiedAt: z.string(),
  sampled: z.number(),
  worstDistance: z.number().nullable(),
  tolerance: z.number(),
  ok: z.boolean(),
  findings: z.array(findingShape),
});

/** A verification that health remembers, unless `notKept` says why it does not. */
export interface KeptVerification extends Verification {
  readonly notKept: string | null;
}

type RecordedFinding = z.output<typeof findingShape>;

/**
 * The last verification of each table of a dataset, kept beside the library.
 *
 * A finding stands for as long as one of the rows that it was made at has the vector that it had
 * then. So it outlives rows that are added, a restart, a copy of the library; it ends when the
 * vectors are computed anew or the table is replaced, by us or by any other program; and a new
 * verification replaces it. Where the table is still at the version of the verification, nothing
 * is read to know that.
 */
export class VerificationRecord {
  readonly #state: StateFolder;
  readonly #dataset: { readonly id: string; readonly folder: string };
  readonly #known = new Map<string, { readonly key: string; readonly findings: Promise<HealthFinding[]> }>();

  constructor(state: StateFolder, dataset: { readonly id: string; readonly folder: string }) {
    this.#state = state;
    this.#dataset = dataset;
  }

  /**
   * Replaces what was kept of the table.
   * @param version of the table before it was read
   */
  async keep(table: EmbeddingTable, version: string, verification: Verification): Promise<KeptVerification> {
    const { sampled, worstDistance, tolerance, ok, wrong } = verification;
    const findings = wrong.map(({ rows, ...finding }) => {
      return { ...finding, rows: rows.map(({ id, vector }) => ({ id, vector: fingerprint(vector) })) };
    });
    const verifiedAt = new Date().toISOString();
    const record = { dataset: this.#dataset.id, version, verifiedAt, sampled, worstDistance, tolerance, ok, findings };
    try {
      await this.#state.writable(...this.#folder());
      await writeJson(this.#path(table), record);
      return { ...verification, notKept: null };
    } catch (error) {
      return { ...verification, notKept: error instanceof Error ? error.message : String(error) };
    }
  }

  /** What the last verification found wrong and still is. @param version of the table now */
  async standing(table: EmbeddingTable, version: string): Promise<HealthFinding[]> {
    // A file that cannot be read counts as none: to delete it is allowed as well.
    const record = await readJson(this.#path(table), recordShape, 'TABLE_UNREADABLE').catch(() => null);
    if (record === null || record.dataset !== this.#dataset.id) return [];
    if (record.version === version) return record.findings.map(plainFinding);
    const key = `${record.verifiedAt} ${version}`;
    const known = this.#known.get(table.name);
    if (known?.key === key) return known.findings;
    const findings = stillStanding(table, record.findings);
    this.#known.set(table.name, { key, findings });
    findings.catch(() => this.#known.delete(table.name));
    return findings;
  }

  #folder(): string[] {
    return ['verifications', this.#dataset.folder];
  }

  #path({ name }: EmbeddingTable): string {
    return join(this.#state.path, ...this.#folder(), `${name}.json`);
  }
}

async function stillStanding(table: EmbeddingTable, findings: readonly RecordedFinding[]): Promise<HealthFinding[]> {
  const ids = [...new Set(findings.flatMap(({ rows }) => rows.map(({ id }) => id)))];
  if (ids.length === 0) return [];
  const vectors = await vectorsById(table, ids);
  const isAsItWas = (row: { readonly id: string; readonly vector: string }) => {
    const vector = vectors.get(row.id);
    return vector !== undefined && fingerprint(vector) === row.vector;
  };
  return findings.filter(({ rows }) => rows.some(isAsItWas)).map(plainFinding);
}

function fingerprint(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}
