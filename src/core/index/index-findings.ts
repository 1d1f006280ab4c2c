import type { HealthFinding } from '../embedding-health.ts';
import type { IndexStanding } from './index-standing.ts';

/** What is to be said of an index that searches do not use. */
export function indexFindings({ index, verdict, measurement }: IndexStanding): HealthFinding[] {
  const recall = measurement?.recallAt10.toFixed(3);
  const say = (code: string, message: string) => [{ code, count: 1, message }];
  switch (verdict) {
    case 'UNMEASURED':
      return say(
        'INDEX_UNMEASURED',
        `The recall of the table's index (${index?.type}) was not measured, so searches do not use it and compare all ` +
          'vectors. Computing the table measures it, and so does createVectorIndex.',
      );
    case 'OUTGROWN':
      return say(
        'INDEX_OUTGROWN',
        `The table has changed by more than a tenth since its index (${index?.type}) was measured, so searches compare ` +
          'all vectors. Computing the table measures it anew, and so does createVectorIndex.',
      );
    case 'TOO_LOW':
      return say(
        'INDEX_RECALL_TOO_LOW',
        `The table's index (${index?.type}) finds ${recall} of the ten nearest vectors at best, and ` +
          `${measurement?.minRecallAt10} is asked of it: searches do not use it and compare all vectors.`,
      );
    case 'DROPPED':
      return say(
        'INDEX_RECALL_TOO_LOW',
        `An index (${measurement?.type}) was made and dropped again: it found ${recall} of the ten nearest vectors at ` +
          `best, and ${measurement?.minRecallAt10} is asked of it. Searches compare all vectors.`,
      );
    default:
      return [];
  }
}
