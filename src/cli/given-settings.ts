import { ValidationError } from '../core/errors.ts';
import type { Setting } from './setting.ts';

/** Where a setting has its value from: the last of them decides. */
export type Source = 'default' | 'file' | 'environment' | 'flag';

/** What somebody has set. */
export interface Given {
  readonly setting: Setting;
  readonly value: unknown;
  readonly source: Source;
  /** As a message names it, such as `VIEWFINDER_PORT` or `port in /path/viewfinder.config.json`. */
  readonly name: string;
  /** What its paths are relative to. */
  readonly folder: string;
}

/** @throws ValidationError which names the setting, where it is given, and what is allowed */
export function check(given: readonly Given[]): void {
  const issues = given.flatMap(({ setting, value, name }) => {
    const { error } = setting.schema.safeParse(value);
    if (error === undefined) return [];
    const shown = setting.secret ? '' : `, and not ${withoutUser(JSON.stringify(value))}`;
    // Of what is within a list or an object, its own message knows more than we do.
    const inner = error.issues
      .filter(({ path }) => path.length > 0)
      .map(({ path, message }) => `${path.join('.')}: ${message}`);
    const own = error.issues.filter(({ code, path }) => code === 'custom' && path.length === 0);
    const why = own.map(({ message }) => ` ${message}`).join('');
    const message =
      inner.length > 0
        ? `${name} is wrong at ${inner.join('; ')}.`
        : `${name} must be ${setting.values}${shown}.${why}`;
    return [{ path: setting.key.split('.'), message }];
  });
  if (issues.length > 0) throw new ValidationError(issues);
}

/** An address may have a password in it. */
function withoutUser(text: string): string {
  return text.replaceAll(/\/\/[^/\s"]*@/g, '//…@');
}

/** @param allowed the names that there are */
export function unknownSetting(name: string, allowed: readonly string[]): ValidationError {
  return ValidationError.at('config', `${name} is no setting; there are: ${allowed.join(', ')}.`);
}
