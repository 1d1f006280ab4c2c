import { Counter, Gauge, type Registry } from 'prom-client';
import { LIVE_STATES } from '../jobs/embedding-job.ts';
import type { EmbeddingJobs } from '../jobs/embedding-jobs.ts';

const STATES = [...LIVE_STATES, 'CANCELLED', 'INTERRUPTED', 'SUCCEEDED', 'FAILED'] as const;

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
