import { resolve } from 'node:path';
import type { z } from 'zod';
import { CONFIG_VARIABLE, type Environment, settingsOfEnvironment } from './config-environment.ts';
import { settingsOfFile } from './config-file.ts';
import { settingsOfFlags } from './config-flags.ts';
import { configSchema } from './config-schema.ts';
import { check, type Given } from './given-settings.ts';

/** Every setting, whoever gave it; folders are absolute. */
export type Config = z.output<typeof configSchema>;

/** What a command is called with. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  /** Each a setting, as `key=value`. */
  readonly set?: readonly string[] | undefined;
  readonly environment: Environment;
}

export interface Configuration {
  readonly config: Config;
  /** What was set and by whom, by the setting's key; what is not there is what it is by default. */
  readonly given: ReadonlyMap<string, Given>;
}

/**
 * The configuration of a command: what its flags say, else the environment, else the configuration file, else the
 * defaults.
 * @throws ValidationError
 */
export async function readConfig(flags: ConfigFlags): Promise<Configuration> {
  const file = flags.config ?? (flags.environment[CONFIG_VARIABLE] || undefined);
  const all = [...(await settingsOfFile(file)), ...settingsOfEnvironment(flags.environment), ...settingsOfFlags(flags)];
  check(all);
  const given = new Map(all.map((each) => [each.setting.key, absolute(each)]));
  const values = [...given].map(([key, { value }]) => [key.split('.'), value] as const);
  return { config: configSchema.parse(nested(values)), given };
}

function absolute(given: Given): Given {
  const { setting, value, folder } = given;
  return setting.folder && typeof value === 'string' ? { ...given, value: resolve(folder, value) } : given;
}

/** As a configuration file has them. */
function nested(values: readonly (readonly [path: readonly string[], value: unknown])[]): object {
  const groups = Map.groupBy(values, ([[name = '']]) => name);
  const entries = [...groups].map(([name, group]) => {
    const [[path, value]] = group as [(typeof values)[number]];
    return [name, path.length === 1 ? value : nested(group.map(([[, ...rest], each]) => [rest, each]))];
  });
  return Object.fromEntries(entries);
}
