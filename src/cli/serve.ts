import type { Command } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { LOOPBACK_HOSTS } from '../server/access.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { stderrLog } from './stderr-log.ts';
import { type LibraryFlags, openWorkspace } from './workspace.ts';

interface ServeFlags extends LibraryFlags {
  readonly host: string;
  readonly port: number;
  readonly insecure?: true;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
}

export function serveCommand(): Command {
  return libraryCommand('serve', 'Serve a library as a GraphQL API, with GraphiQL and media.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber(0), 4000)
    .option('--insecure', 'listen beyond this machine, where anyone who reaches it may read and compute')
    .option('--allow-host <name...>', 'further names by which clients may address it', [])
    .option('--allow-origin <origin...>', 'origins of web pages that may call it, such as http://localhost:5173', [])
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const { host, port, allowHost: allowHosts, allowOrigin: allowOrigins } = flags;
  if (!flags.insecure && ![...LOOPBACK_HOSTS, '::1'].includes(host)) {
    throw ValidationError.at(
      'host',
      `${host} can be reached from other machines, and nobody is asked who they are: add --insecure to accept that.`,
    );
  }
  // The other commands start sooner without the server's code.
  const { serve: startServer } = await import('../server/server.ts');
  const log = stderrLog();
  await using workspace = await openWorkspace(flags);
  const { library, registry: models } = workspace;
  const server = await startServer({ library, models, log, host, port, allowHosts, allowOrigins }).catch((cause) => {
    throw new ValidationError([{ path: ['port'], message: listenProblem(cause, host, port) }], { cause });
  });
  process.stdout.write(`Viewfinder is ready at ${server.url}\n`);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, resolve);
  });
  log.info({ signal }, 'Stopping: running batches are finished first.');
  await server[Symbol.asyncDispose]();
}

function listenProblem(cause: unknown, host: string, port: number): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use: give another with --port.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used: give one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine.`;
  return `The service cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : cause}.`;
}
