// A progress monitor: each job with its bar, through breaks of the connection and starts of the service.
//   npx --no-install node examples/watch-jobs.ts http://127.0.0.1:4000/graphql
import { createClient, type JobFragment } from 'viewfinder/client';

const [url = 'http://127.0.0.1:4000/graphql'] = process.argv.slice(2);
const lines = new Map<string, string>();

function lineOf({ state, dataset, table, total, embedded, skipped, failed, etaSeconds }: JobFragment): string {
  const done = embedded + skipped + failed;
  const bar = '█'.repeat(total === 0 ? 20 : Math.floor((20 * done) / total)).padEnd(20, '░');
  const notes = [failed > 0 && `${failed} failed`, etaSeconds !== null && `${etaSeconds.toFixed(0)} s`].filter(Boolean);
  return [bar, `${done}/${total}`, state, `${dataset?.folder}/${table}`, ...notes].join('  ');
}

/** A terminal shows how all stand, what came last at its bottom; anything else gets each line as it comes. */
function show(key: string, line: string): void {
  lines.delete(key);
  lines.set(key, line.slice(0, process.stdout.columns));
  if (lines.size > 20) lines.delete([...lines.keys()][0] ?? '');
  console.clear();
  console.log((process.stdout.isTTY ? [...lines.values()] : [line]).join('\n'));
}

try {
  const client = createClient({ url, token: process.env.VIEWFINDER_TOKEN });
  for await (const { job } of client.followJobs({ onBreak: ({ message }) => show('break', message) })) {
    lines.delete('break');
    show(job.id, lineOf(job));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
