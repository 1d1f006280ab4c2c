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
import { type Config, type ConfigFlags, readConfig } from './config.ts';
import { settingFlag } from './config-flags.ts';
import { command } from './flags.ts';
import { PullReport } from './pull-report.ts';

interface PullFlags extends ConfigFlags {
  readonly dtype: Dtype;
}

/** As for a program that SIGINT ends. */
const INTERRUPTED = 130;

const HELP = `
NAME is that of an OpenCLIP model, such as ViT-B-32__laion2b_s34b_b79k, fetched from immich-app on the hub; or
ORGANISATION/NAME of the hub: an export for transformers.js, of OpenCLIP, or one half of a CLIP for fastembed.
NAME@REVISION is a branch, tag or commit; without it main is taken, and the commit that it stood for is kept.

Only what can be run here is fetched: ONNX, settings and vocabularies, never what must be unpickled. All of it is
checked, and the model's folder appears when all of it is there. The same command goes on from where it was.

Of the environment: HF_ENDPOINT, as --hub; HF_TOKEN for models that need one, HTTPS_PROXY and NO_PROXY.

Exit status: 0 there, 1 failed, 2 no such model, 130 interrupted.`;

export function modelsPullCommand(): Command {
  return command('pull', 'Fetch a model from the hub into the folder of models.')
    .argument('<name>', 'the model')
    .addOption(settingFlag('modelHub'))
    .addOption(new Option('--dtype <type>', 'of its numbers').choices(DTYPES).default('fp32'))
    .addHelpText('after', HELP)
    .action(pull);
}

async function pull(name: string, flags: PullFlags): Promise<void> {
  const { config } = await readConfig(flags);
  useEnvironmentProxy();
  const hub = new Hub({ url: config.modelHub, token: secretOf('HF_TOKEN') });
  const folder = await modelsFolder(config);
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

/** The one that is named, else of those that are looked into the first that is there, else the last, which is the user's. */
async function modelsFolder({ models, library }: Config): Promise<string> {
  const folders = models === undefined ? defaultModelFolders(library) : [models];
  for (const folder of folders) if ((await stat(folder).catch(() => null))?.isDirectory()) return folder;
  const folder = folders.at(-1) ?? resolve('models');
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    throw ValidationError.at('models', `${folder} cannot be made a folder of models: ${cause.message}.`);
  });
  return folder;
}
