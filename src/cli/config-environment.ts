import { type Given, unknownSetting } from './given-settings.ts';
import { SETTINGS, VARIABLE_PREFIX } from './setting.ts';
import { fromText } from './setting-values.ts';

/** The variables of the process, as program.ts reads them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file, as `--config` does. */
export const CONFIG_VARIABLE = `${VARIABLE_PREFIX}CONFIG`;

/**
 * What the environment sets; a variable that is empty sets nothing.
 * @throws ValidationError for a variable with our prefix that is no setting
 */
export function settingsOfEnvironment(environment: Environment): Given[] {
  const ours = SETTINGS.map(({ variable }) => variable);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(VARIABLE_PREFIX) || name === CONFIG_VARIABLE || ours.includes(name)) continue;
    throw unknownSetting(name, [CONFIG_VARIABLE, ...ours]);
  }
  return SETTINGS.flatMap((setting) => {
    const name = [setting.variable, setting.knownAs].find((each) => each !== undefined && environment[each]);
    const text = name === undefined ? undefined : environment[name];
    if (name === undefined || text === undefined) return [];
    return [{ setting, value: fromText(setting.schema, text), source: 'environment', name, folder: process.cwd() }];
  });
}

/** Takes the variables of the process; secrets are gone from there, so that processes which it starts have none. */
export function takeEnvironment(environment: Record<string, string | undefined>): Environment {
  const taken = { ...environment };
  for (const { variable, secret } of SETTINGS) if (secret) delete environment[variable];
  return taken;
}
