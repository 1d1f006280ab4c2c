import type { Command } from 'commander';
import { settingFlag } from './config-flags.ts';
import { command } from './flags.ts';
import type { DemoFlags } from './run-demo.ts';

export function demoCommand(): Command {
  return command('demo', 'Draw a sample library, embed it with the bundled model, search it and serve it.')
    .option('--folder <dir>', 'where the library is made', 'viewfinder-demo')
    .addOption(settingFlag('port'))
    .option('--no-serve', 'stop after the search')
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  // The other commands start sooner without what draws.
  const { runDemo } = await import('./run-demo.ts');
  await runDemo(flags);
}
