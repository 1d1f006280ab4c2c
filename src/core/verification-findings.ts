import type { HealthFinding } from './embedding-health.ts';
import type { Comparison } from './verification-comparison.ts';
import { type ComparedVector, type Judgement, judge } from './verification-judgement.ts';
import type { Flaw, StoredVector, VectorScan } from './verification-scan.ts';

/** A finding about vectors, with some of the rows that it was made at. */
export interface VectorFinding extends HealthFinding {
  readonly rows: readonly StoredVector[];
}

/** Rows that a finding keeps: as long as one of them is as it was, the finding stands. */
const KEPT = 8;

/** How far a vector may be longer or shorter than the computed one, as a share. */
const LENGTH_TOLERANCE = 0.01;

const ANEW = 'Compute the table anew (recompute).';

/** What is wrong with vectors by themselves. */
export function flawFindings({ rows, flaws }: VectorScan): VectorFinding[] {
  return Array.from(flaws, ([code, { count, first }]) => {
    return { code, count, message: `${count} of ${rows} vectors ${FLAWS[code]} ${ANEW}`, rows: first };
  });
}

const FLAWS: Readonly<Record<Flaw, string>> = {
  NULL_VECTORS: 'are missing from their rows: no search finds these views.',
  NON_FINITE_VECTORS: 'hold numbers that are not finite (NaN or infinite): no search ranks these views.',
  ZERO_VECTORS: 'are all zeros, which is no direction: no search ranks these views rightly.',
  NOT_NORMALIZED: "are not of length 1, as the model's are: searches by L2 rank these views wrongly.",
};

/** What is wrong with vectors beside what the model gives for their pictures. */
export function comparisonFindings(
  { compared }: Comparison,
  { model, tolerance, comparesLengths }: { model: string; tolerance: number; comparesLengths: boolean },
): VectorFinding[] {
  const findings: VectorFinding[] = [];
  const judgement = judge(compared, tolerance);
  if (judgement !== null) {
    const { code, wrong } = judgement;
    const message = messageOf(judgement, compared.length, model);
    findings.push({ code, count: wrong.length, message, rows: some(wrong) });
  }
  const lengths = comparesLengths && judgement === null ? compared.filter(hasOtherLength) : [];
  if (lengths.length > 0) {
    const message =
      `${lengths.length} of ${compared.length} sampled vectors have the direction of the model's and another length: ` +
      `searches by L2 rank these views wrongly. Most likely the table's option "normalize" is not what its writer did. ${ANEW}`;
    findings.push({ code: 'OTHER_LENGTHS', count: lengths.length, message, rows: some(lengths) });
  }
  return findings;
}

function messageOf({ code, wrong }: Judgement, compared: number, model: string): string {
  const count = `${wrong.length} of ${compared} sampled vectors`;
  const worst = Math.max(...wrong.map(({ distance }) => distance)).toPrecision(2);
  switch (code) {
    case 'ANOTHER_MODEL':
      return wrong.length * 2 > compared
        ? `${count} have nothing to do with what the model ${model} gives for their pictures: another model made them. ` +
            `Put that model back in its folder and verify again, or compute the whole table anew (recompute).`
        : `${count} have nothing to do with what the model ${model} gives for their pictures, the others have: ` +
            'the table mixes the vectors of two models. Compute the whole table anew (recompute).';
    case 'ANOTHER_PREPROCESSING':
      return (
        `${count} are related to what the model ${model} gives for their pictures, and not the same (1 - cos up to ${worst}): ` +
        'the pictures were prepared otherwise (resizing, mean, std), or the model differs a little (8-bit, trained further). ' +
        'Put right what differs and verify again, or compute the whole table anew (recompute).'
      );
    case 'REPLACED_VIEWS':
      return (
        `${count} are not those of their pictures as they are now, the others are: these pictures were replaced since, ` +
        'or are of a kind that another program prepared otherwise. Compute these views, or the table, anew (recompute).'
      );
  }
}

function hasOtherLength({ stored, computed }: ComparedVector): boolean {
  return Math.abs(Math.hypot(...stored.vector) / Math.hypot(...computed) - 1) > LENGTH_TOLERANCE;
}

/** A few of them, spread over all. */
function some(wrong: readonly ComparedVector[]): StoredVector[] {
  const step = Math.ceil(wrong.length / KEPT);
  return wrong.filter((_, index) => index % step === 0).map(({ stored }) => stored);
}
