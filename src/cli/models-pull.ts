import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { secretOf } from '../plugins/environment.ts';
import { useEnvironmentProxy } from '../plugins/environment-proxy.ts';
import { defaultModelFolders } from '../plugins/model-folders.ts';
import { Hub } from '../plugins/model-hub/hub.ts';
import { HubError } from '../plugins/model-hub/hub-error.ts';
import { ModelPull } from '../plugins/model-hub/model-pull.ts';
import { DTYPES, type Dtype } from '../plugins/onnx-dtype.ts';
import { type Config, readConfig } from './config.ts';
import { command } from './flags.ts';
import { PullReport } from './pull-report.ts';
import type { CommonFlags } from './workspace.ts';

interface PullFlags extends CommonFlags {
  readonly hub?: string;
  readonly dtype: Dtype;
}

const HUGGING_FACE = 'https://huggingface.co';
/** As for a program that SIGINT ends. */
const INTERRUPTED = 130;

const HELP = `
NAME is that of an OpenCLIP model, such as ViT-B-32__laion2b_s34b_b79k, fetched from immich-app on the hub; or
ORGANISATION/NAME of the hub: an export for transformers.js, of OpenCLIP, or one half of a CLIP for fastembed.
NAME@REVISION is a branch, tag or commit; without it main is taken, and the commit that it stood for is kept.

Only what can be run here is fetched: ONNX, settings and vocabularies, never what must be unpickled. All of it is
checked, and the model's folder appears when all of it is there. The same command goes on from where it was.

Of the environment: HF_TOKEN for models that need one, HTTPS_PROXY and NO_PROXY.

Exit status: 0 there, 1 failed, 2 no such model, 130 interrupted.`;

export function modelsPullCommand(): Command {
  return command('pull', 'Fetch a model from the hub into the folder of models.')
    .argument('<name>', 'the model')
    .addOption(new Option('--hub <url>', `the hub, or a mirror of it (default: ${HUGGING_FACE})`).env('HF_ENDPOINT'))
    .addOption(new Option('--dtype <type>', 'of its numbers').choices(DTYPES).default('fp32'))
    .addHelpText('after', HELP)
    .action(pull);
}

async function pull(name: string, flags: PullFlags): Promise<void> {
  const config = await readConfig(flags.config);
  useEnvironmentProxy();
  const hub = new Hub({ url: hubUrl(flags.hub ?? config.modelHub), token: secretOf('HF_TOKEN') });
  const folder = await modelsFolder(flags, config);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { signal } = stop;
  const report = new PullReport(name);
  try {
    const plan = await ModelPull.plan({ hub, name, folder, dtype: flags.dtype }, { signal });
    using _drawing = report.follow(plan);
    await plan.run({ signal });
    report.end(plan);
  } catch (error) {
    if (signal.aborted) {
      report.interrupted();
      process.exitCode = INTERRUPTED;
    } else if (error instanceof HubError && error.code === 'NO_SUCH_MODEL') {
      throw ValidationError.at('name', error.message);
    } else throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function hubUrl(named: string = HUGGING_FACE): string {
  const url = URL.parse(named);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return named;
  throw ValidationError.at('hub', `"${named}" is no hub: name one as https://HOST, without a user.`);
}

/** The one that is named, else of those that are looked into the first that is there, else the last, which is the user's. */
async function modelsFolder(flags: PullFlags, config: Config): Promise<string> {
  const named = flags.models ?? config.models;
  const folders = named === undefined ? defaultModelFolders(config.library) : [resolve(named)];
  for (const folder of folders) if ((await stat(folder).catch(() => null))?.isDirectory()) return folder;
  const folder = folders.at(-1) ?? resolve('models');
  await mkdir(folder, { recursive: true });
  return folder;
}
