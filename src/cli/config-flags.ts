import { Option } from 'commander';
import { ValidationError } from '../core/errors.ts';
import { type Given, unknownSetting } from './given-settings.ts';
import { findSetting, SETTINGS, type Setting } from './setting.ts';
import { fromText } from './setting-values.ts';

/** The flag of a setting, whose value is read and checked with that of all others. */
export function settingFlag(key: string): Option {
  const setting = findSetting(key);
  if (setting?.flag === undefined) throw new TypeError(`${key} has no flag.`);
  const { description, standard, values } = setting;
  const isShown = typeof standard === 'string' || typeof standard === 'number';
  const choices = values.startsWith('one of ') ? `; ${values}` : '';
  const usual = isShown ? ` (default: ${standard})` : '';
  const option = new Option(setting.flag, `${description.replaceAll('`', '"')}${choices}${usual}`);
  if (option.negate) option.description = `turns off ${option.description}`;
  return values.startsWith('a list') && !option.variadic ? option.argParser(collected) : option;
}

/** For an option that may be repeated. */
export function collected(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}

/**
 * What the flags of a command set, those of `--set` last.
 * @param flags as commander gives them
 * @throws ValidationError
 */
export function settingsOfFlags(flags: object): Given[] {
  const given = new Map(Object.entries(flags));
  const named = SETTINGS.flatMap((setting): Given[] => {
    if (setting.flag === undefined) return [];
    const option = new Option(setting.flag);
    const value: unknown = given.get(option.attributeName());
    // Commander sets what `--no-…` turns off from the beginning.
    if (value === undefined || (option.negate && value !== false)) return [];
    return [
      flag(setting, typeof value === 'string' ? fromText(setting.schema, value) : value, option.long ?? setting.flag),
    ];
  });
  const set: unknown = given.get('set');
  return [...named, ...(Array.isArray(set) ? set.map((text) => settingOf(String(text))) : [])];
}

function settingOf(text: string): Given {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw ValidationError.at('set', `--set ${text} is not of the form key=value, such as --set port=4001.`);
  }
  const setting = findSetting(key);
  if (setting === undefined) {
    throw unknownSetting(
      `--set ${key}`,
      SETTINGS.map((each) => each.key),
    );
  }
  return flag(setting, fromText(setting.schema, value), `--set ${key}`);
}

function flag(setting: Setting, value: unknown, name: string): Given {
  return { setting, value, source: 'flag', name, folder: process.cwd() };
}
