/**
 * A progress monitor: the jobs of a service with their bars, through breaks of the connection and starts of the service.
 *
 *   npx --no-install node examples/watch-jobs.ts http://127.0.0.1:4000/graphql
 */
import { createClient, type JobFragment } from 'viewfinder/client';

const [url = 'http://127.0.0.1:4000/graphql'] = process.argv.slice(2);
const client = createClient({ url, token: process.env.VIEWFINDER_TOKEN });
const bars = new Map<string, string>();
let drawn = 0;

function barOf({ state, dataset, table, total, embedded, skipped, failed, etaSeconds }: JobFragment): string {
  const done = embedded + skipped + failed;
  const bar = '█'.repeat(total === 0 ? 20 : Math.floor((20 * done) / total)).padEnd(20, '░');
  const notes = [failed > 0 && `${failed} failed`, etaSeconds !== null && `${etaSeconds.toFixed(0)} s`].filter(Boolean);
  return [bar, `${done}/${total}`, state, `${dataset?.folder}/${table}`, ...notes].join('  ');
}

/** Draws the bars below the lines that stay; what is no terminal gets each line as it comes. */
function show(line: string, { stays }: { readonly stays: boolean }): void {
  const { isTTY, columns } = process.stdout;
  const lines = isTTY ? [...(stays ? [line] : []), ...bars.values()].map((each) => each.slice(0, columns)) : [line];
  process.stdout.write(`${isTTY ? '\x1b[F\x1b[K'.repeat(drawn) : ''}${lines.map((each) => `${each}\n`).join('')}`);
  drawn = bars.size;
}

function onBreak({ message }: Error): void {
  bars.set('break', message);
  show(message, { stays: false });
}

try {
  for await (const { job } of client.followJobs({ onBreak })) {
    bars.delete('break');
    const atWork = ['QUEUED', 'RUNNING', 'CANCELLING'].includes(job.state);
    if (atWork) bars.set(job.id, barOf(job));
    else bars.delete(job.id);
    show(barOf(job), { stays: !atWork });
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
