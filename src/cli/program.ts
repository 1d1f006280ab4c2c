import { Console } from 'node:console';
import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { ViewfinderError, WriteError } from '../core/errors.ts';
import { EmbeddingError } from '../plugins/embedding-plugin.ts';
import { takeEnvironment } from './config-environment.ts';
import { datasetsCommand } from './datasets.ts';
import { demoCommand } from './demo.ts';
import { embedCommand } from './embed.ts';
import { importCommand } from './import.ts';
import { modelsCommand } from './models.ts';
import { oneLine } from './one-line.ts';
import { pluginsCommand } from './plugins.ts';
import { searchCommand } from './search.ts';
import { serveCommand } from './serve.ts';
import { verifyCommand } from './verify.ts';

/** What a command ends with, where it is not plain success. */
const BAD_INPUT = 2;
const FAILED = 1;

process.stdout.on('error', outputLost);
// Every user of the machine sees the words of a command (ps): a token is not to stay among them.
if (process.argv.some((word) => /^(--token|(--set=)?tokens=)/.test(word))) process.title = 'viewfinder';
// What a plugin or a library prints must not get into the output of a command.
globalThis.console = new Console(process.stderr);

const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = z.object({ version: z.string() }).parse(JSON.parse(manifest));

const program = new Command('viewfinder')
  .description('Semantic search over Pixano datasets.')
  .version(version)
  .exitOverride()
  .configureOutput({
    outputError: (text, write) => write(`viewfinder: ${oneLine(text.replace(/^error: /, ''))} (--help says more)\n`),
  })
  // biome-ignore lint/style/noProcessEnv: the one place that reads it, from where it goes to the configuration.
  .hook('preAction', (_program, action) => void action.setOptionValue('environment', takeEnvironment(process.env)));
for (const command of [
  demoCommand,
  serveCommand,
  importCommand,
  datasetsCommand,
  embedCommand,
  searchCommand,
  verifyCommand,
  pluginsCommand,
  modelsCommand,
]) {
  const added = command().copyInheritedSettings(program);
  for (const inner of added.commands) inner.copyInheritedSettings(program);
  program.addCommand(added);
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// What is still open (a connection, a timer of a library) must not keep a finished command alive,
// but all that was written must have left.
process.stdout.write('', (error) => (error ? outputLost(error) : process.exit()));

function outputLost(error: NodeJS.ErrnoException): never {
  // Whoever reads our output may stop reading: `viewfinder datasets | head -1`.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`viewfinder: The output cannot be written: ${oneLine(error.message)}.\n`);
  process.exit(FAILED);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`viewfinder: ${oneLine(message)}\n`);
  if (error instanceof EmbeddingError || error instanceof WriteError) return FAILED;
  return error instanceof ViewfinderError && error.code !== 'MODEL_FAILED' ? BAD_INPUT : FAILED;
}
