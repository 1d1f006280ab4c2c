import type { Command } from 'commander';
import { type ConfigFlags, readConfig } from './config.ts';
import { settingFlag } from './config-flags.ts';
import { configReport } from './config-report.ts';
import { libraryCommand } from './flags.ts';
import { serveUntilStopped } from './serve-until-stopped.ts';
import { openWorkspace } from './workspace.ts';

interface ServeFlags extends ConfigFlags {
  readonly printConfig?: true;
}

export function serveCommand(): Command {
  return libraryCommand('serve', 'Serve a library as a GraphQL API, with GraphiQL and media.')
    .addOption(settingFlag('host'))
    .addOption(settingFlag('port'))
    .addOption(settingFlag('tokens'))
    .addOption(settingFlag('insecure'))
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
  await serveUntilStopped(workspace, { host, port, allowHosts, allowOrigins, resumeJobs });
}
