import { Counter, Gauge, type Registry } from 'prom-client';
import { LIVE_STATES } from '../jobs/embedding-job.ts';
import type { EmbeddingJobs } from '../jobs/embedding-jobs.ts';

const STATES = [...LIVE_STATES, 'CANCELLED', 'INTERRUPTED', 'SUCCEEDED', 'FAILED'] as const;

/** Jobs that can be at work or wait at once, one a table: more than any library has. */
const MOST_LIVE = 10_000;

/** How the jobs of a library stand, whichever process runs them; read from their record when somebody asks. */
export function registerJobMetrics(registry: Registry, jobs: EmbeddingJobs): void {
  new Gauge({
    name: 'viewfinder_jobs',
    help: 'Jobs in the record, by state; those that ended longest ago are forgotten.',
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      for (const state of STATES) this.set({ state }, jobs.count({ states: [state] }));
    },
  });
  // What other kinds of jobs count are not views.
  const live = () => jobs.list({ states: LIVE_STATES, first: MOST_LIVE }).filter(({ kind }) => kind === 'EMBED');
  new Gauge({
    name: 'viewfinder_views_waiting',
    help: 'Views that jobs which have not ended have yet to do.',
    registers: [registry],
    collect() {
      this.set(sum(live().map((job) => job.total - job.embedded - job.skipped - job.failed)));
    },
  });
  new Gauge({
    name: 'viewfinder_views_per_second',
    help: 'Views a second of all jobs that are at work, over the last seconds.',
    registers: [registry],
    collect() {
      this.set(sum(live().map((job) => job.rate ?? 0)));
    },
  });
  let place = jobs.place();
  const before = new Map(jobs.changedSince(0).map((job) => [job.id, job.embedded]));
  new Counter({
    name: 'viewfinder_views_embedded_total',
    help: 'Views that jobs have embedded since the service began.',
    registers: [registry],
    collect() {
      for (const job of jobs.changedSince(place)) {
        // What other kinds of jobs count are not views.
        if (job.kind === 'EMBED') this.inc(Math.max(0, job.embedded - (before.get(job.id) ?? 0)));
        before.set(job.id, job.embedded);
        place = Math.max(place, job.sequence);
      }
    },
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
