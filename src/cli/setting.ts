import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { notes, type SettingNotes } from './setting-notes.ts';
import { describe, valuesOf } from './setting-values.ts';

/** One setting of the configuration, by every name that it can be given by. */
export interface Setting extends SettingNotes {
  /** Such as `timeLimits.load`. */
  readonly key: string;
  readonly schema: z.ZodType;
  /** Such as VIEWFINDER_TIME_LIMITS_LOAD. */
  readonly variable: string;
  /** What it is where nobody gives it; undefined where the description says so. */
  readonly standard: unknown;
  /** The values that it may have, such as `a whole number from 0 to 65535`. */
  readonly values: string;
}

export const VARIABLE_PREFIX = 'VIEWFINDER_';

/** All of them, in the order of their declaration. */
export const SETTINGS: readonly Setting[] = settingsOf(configSchema, []);

/** The setting of that key, such as `timeLimits.load`, if there is one. */
export function findSetting(key: string): Setting | undefined {
  return SETTINGS.find((each) => each.key === key);
}

function settingsOf(object: z.ZodObject, path: readonly string[]): Setting[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const key = [...path, name].join('.');
    const said = notes.get(schema);
    if (said === undefined) return settingsOf(inner(schema), [...path, name]);
    const described = describe(schema);
    const variable = VARIABLE_PREFIX + key.replaceAll(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase();
    const values = said.folder ? 'a folder' : valuesOf(described);
    return [{ ...said, key, schema, variable, standard: described.default, values }];
  });
}

/** An object of settings may be left out, and then each of them is what it is by itself. */
function inner(schema: unknown): z.ZodObject {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodPrefault) return inner(schema.unwrap());
  throw new TypeError('A setting has no notes.');
}
