import type { Command } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { LOOPBACK_HOSTS } from '../server/access.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';
import { type LibraryFlags, openWorkspace } from './workspace.ts';

interface ServeFlags extends LibraryFlags {
  readonly host: string;
  readonly port: number;
  readonly insecure?: true;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly resume: boolean;
}

export function serveCommand(): Command {
  return libraryCommand('serve', 'Serve a library as a GraphQL API, with GraphiQL and media.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes a free one', wholeNumber(0, 65_535), 4000)
    .option('--insecure', 'listen beyond this machine, where anyone who reaches it may read and compute')
    .option('--allow-host <name...>', 'further names by which clients may address it', [])
    .option('--allow-origin <origin...>', 'origins of web pages that may call it, such as http://localhost:5173', [])
    .option('--no-resume', 'leave the jobs that a service before this one did not end')
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
  await using workspace = await openWorkspace(flags);
  const resumeJobs = flags.resume && workspace.config.resumeJobs;
  await serveUntilStopped(workspace, { host, port, allowHosts, allowOrigins, resumeJobs });
}
