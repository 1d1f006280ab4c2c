import { type Command, InvalidArgumentError } from 'commander';
import type { Verification, VerificationProgress, VerifyOptions } from '../core/verification.ts';
import type { ConfigFlags } from './config.ts';
import { libraryCommand, wholeNumber } from './flags.ts';
import { Interruption } from './interruption.ts';
import { oneLine } from './one-line.ts';
import { ProgressLine } from './progress-line.ts';
import { textTable } from './text-table.ts';
import { findDataset, openWorkspace } from './workspace.ts';

interface VerifyFlags extends ConfigFlags {
  readonly table: string;
  readonly sample?: number;
  readonly tolerance?: number;
  readonly seed?: number;
  readonly json?: true;
}

/** Wrong rows that are told at a terminal; `--json` tells the whole sample. */
const WRONG_ROWS_SHOWN = 5;

const HELP = `
Every vector is read; those of a sample, spread over the table, are computed anew and compared. What is
found wrong is part of the table's health (see "datasets") until it is put right.

Exit status: 0 nothing is wrong with the vectors, 1 something is, 2 bad input, 130 interrupted.`;

export function verifyCommand(): Command {
  return libraryCommand('verify', 'Compute a sample of stored vectors anew, and say how near they are.')
    .argument('<dataset>', 'id, folder or unique name of a dataset')
    .requiredOption('--table <name>', 'embedding table, such as emb_open-clip')
    .option('--sample <n>', 'rows to compute anew (default: 32)', wholeNumber(1, 1000))
    .option('--tolerance <distance>', 'largest 1 - cos at which a vector is right (default: 0.0003)', distance)
    .option('--seed <n>', 'another sample: its rows are drawn by this number', wholeNumber(0))
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(verify);
}

async function verify(name: string, flags: VerifyFlags): Promise<void> {
  await using workspace = await openWorkspace(flags);
  const dataset = await findDataset(workspace.library, name);
  const { sample, tolerance, seed } = flags;
  const line = new ProgressLine(process.stderr);
  const onProgress = ({ phase, done, total }: VerificationProgress) => line.draw(done, total, [PHASES[phase]]);
  const verification = await interruptibly((signal) =>
    dataset.verify(flags.table, { sample, tolerance, seed, signal, onProgress }),
  ).finally(() => line.clear());
  if (verification === null) {
    process.stderr.write('viewfinder: interrupted; nothing was verified.\n');
    process.exitCode = 130;
    return;
  }
  if (verification.notKept !== null) process.stderr.write(`viewfinder: not kept: ${oneLine(verification.notKept)}\n`);
  process.stdout.write(
    flags.json ? `${JSON.stringify(asJson(verification), null, 2)}\n` : asText(flags.table, verification),
  );
  process.exitCode = verification.ok ? 0 : 1;
}

const PHASES: Readonly<Record<VerificationProgress['phase'], string>> = {
  READING: 'reading vectors',
  COMPUTING: 'computing the sample',
};

/** Null where Ctrl-C or SIGTERM ended it. */
async function interruptibly<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result | null> {
  using interruption = new Interruption();
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (interruption.signal.aborted) return null;
    throw error;
  }
}

function asJson({ sampled, worstDistance, ok, tolerance, rows, findings, sample }: Verification) {
  return { sampled, worstDistance, ok, tolerance, rows, findings, sample };
}

function asText(
  table: string,
  { rows, sampled, worstDistance, ok, tolerance, findings, sample }: Verification,
): string {
  const worst =
    worstDistance === null ? '' : `; worst distance ${worstDistance.toExponential(1)} (tolerance ${tolerance})`;
  const head = `${table}: ${ok ? 'ok' : 'not ok'}. ${rows} vectors read, ${sampled} computed anew${worst}.\n`;
  const wrong = sample.filter((row) => row.distance !== null && row.distance > tolerance);
  const shown = wrong.sort((a, b) => Number(b.distance) - Number(a.distance)).slice(0, WRONG_ROWS_SHOWN);
  const farthest = shown.map((row) => [row.position, row.view.id, Number(row.distance).toPrecision(2)]);
  return [
    head,
    ...findings.map(({ code, message }) => `${code}: ${oneLine(message)}\n`),
    ...(shown.length === 0 ? [] : ['\n', textTable(['row', 'view', 'distance'], farthest)]),
  ].join('');
}

function distance(text: string): NonNullable<VerifyOptions['tolerance']> {
  const number = Number(text);
  if (text.trim() !== '' && number >= 0 && number <= 2) return number;
  throw new InvalidArgumentError('It must be a number from 0 to 2.');
}
