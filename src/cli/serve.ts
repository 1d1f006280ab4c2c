import type { Command } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { LOOPBACK_HOSTS } from '../server/access.ts';
import { type ConfigFlags, readConfig } from './config.ts';
import { settingFlag } from './config-flags.ts';
import { configReport } from './config-report.ts';
import { libraryCommand } from './flags.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';
import { openWorkspace } from './workspace.ts';

interface ServeFlags extends ConfigFlags {
  readonly insecure?: true;
  readonly printConfig?: true;
}

export function serveCommand(): Command {
  return libraryCommand('serve', 'Serve a library as a GraphQL API, with GraphiQL and media.')
    .addOption(settingFlag('host'))
    .addOption(settingFlag('port'))
    .option('--insecure', 'listen beyond this machine, where anyone who reaches it may read and compute')
    .addOption(settingFlag('allowHosts'))
    .addOption(settingFlag('allowOrigins'))
    .addOption(settingFlag('resumeJobs'))
    .option('--print-config', 'say what each setting is and where it is from, as JSON, and serve nothing')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  if (flags.printConfig) {
    process.stdout.write(configReport(await readConfig(flags)));
    return;
  }
  await using workspace = await openWorkspace(flags);
  const { host, port, allowHosts, allowOrigins, resumeJobs } = workspace.config;
  if (!flags.insecure && ![...LOOPBACK_HOSTS, '::1'].includes(host)) {
    throw ValidationError.at(
      'host',
      `${host} can be reached from other machines, and nobody is asked who they are: add --insecure to accept that.`,
    );
  }
  await serveUntilStopped(workspace, { host, port, allowHosts, allowOrigins, resumeJobs });
}
