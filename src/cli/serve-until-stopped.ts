import { ValidationError, ViewfinderError } from '../core/errors.ts';
import { MB } from '../server/limits.ts';
import { limitsOf } from './limits-of.ts';
import { stderrLog } from './stderr-log.ts';
import { tokensFor } from './tokens.ts';
import type { Workspace } from './workspace.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly allowHosts?: readonly string[];
  readonly allowOrigins?: readonly string[];
  /** What GraphiQL's example searches for. */
  readonly example?: string;
  /** Whether to go on with the jobs that a service before this one did not end. */
  readonly resumeJobs?: boolean;
}

/**
 * Serves a library, says on stdout when it answers, and ends it on SIGINT or SIGTERM.
 * @param epilogue what else to say then
 * @throws ValidationError where it cannot listen, or must not
 */
export async function serveUntilStopped(
  { library, registry, config }: Workspace,
  listen: ListenOptions,
  epilogue = '',
): Promise<void> {
  const tokens = tokensFor(listen.host, config);
  // The other commands start sooner without the server's code.
  const { serve } = await import('../server/server.ts');
  const log = stderrLog(config.logLevel);
  const { keepJobs, resumeJobs, maxPixels, introspection, graphiql } = config;
  const [keepThumbnails, largestUpload] = [config.keepThumbnailsMb * MB, config.maxUploadMb * MB];
  const settings = {
    tokens,
    limits: limitsOf(config),
    keepJobs,
    resumeJobs,
    maxPixels,
    keepThumbnails,
    largestUpload,
    introspection,
    graphiql,
  };
  const server = await serve({ library, models: registry, log, ...settings, ...listen }).catch((cause) => {
    if (cause instanceof ViewfinderError) throw cause;
    throw new ValidationError([{ path: ['port'], message: listenProblem(cause, listen) }], { cause });
  });
  // A plugin is asked in this process what it can do; what it leaves to fail later must not end the service.
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error) => log.error({ err: error }, 'Something has failed outside of all requests.'));
  }
  // Before the line: whoever reads it may stop us at once.
  const stopped = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  process.stdout.write(`Viewfinder is ready at ${server.url}\n${epilogue}`);
  const signal = await stopped;
  log.info({ signal }, 'Stopping: running batches are finished first.');
  await server[Symbol.asyncDispose]();
}

function listenProblem(cause: unknown, { host, port }: ListenOptions): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use: give another with --port.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used: give one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine.`;
  return `The service cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}.`;
}
