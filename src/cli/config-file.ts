import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ValidationError } from '../core/errors.ts';
import { type Given, unknownSetting } from './given-settings.ts';
import { findSetting, SETTINGS } from './setting.ts';

const DEFAULT_FILES = ['viewfinder.config.json', 'viewfinder.config.ts'];

/**
 * What the configuration file sets: the one that is named, else one of the default names in the working folder, else
 * nothing.
 * @throws ValidationError
 */
export async function settingsOfFile(named: string | undefined): Promise<Given[]> {
  const path = named === undefined ? await defaultFile() : resolve(named);
  if (path === null) return [];
  const content = await load(path);
  if (!isObject(content)) throw ValidationError.at('config', `${path} is not a configuration: it must be an object.`);
  return settingsWithin(content, path, []);
}

function settingsWithin(object: object, file: string, above: readonly string[]): Given[] {
  return Object.entries(object).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const key = [...above, name].join('.');
    const said = `${key} in ${file}`;
    const setting = findSetting(key);
    if (setting !== undefined) return [{ setting, value, source: 'file', name: said, folder: dirname(file) } as const];
    if (!SETTINGS.some((each) => each.key.startsWith(`${key}.`))) throw unknownSetting(said, namesBelow(above));
    if (!isObject(value)) throw ValidationError.at(key, `${said} must be an object.`);
    return settingsWithin(value, file, [...above, name]);
  });
}

/** The names that may stand in an object of a configuration. */
function namesBelow(above: readonly string[]): string[] {
  const keys = SETTINGS.map(({ key }) => key.split('.')).filter((key) => above.every((name, at) => key[at] === name));
  return [...new Set(keys.map((key) => key[above.length] ?? ''))];
}

async function defaultFile(): Promise<string | null> {
  for (const name of DEFAULT_FILES) {
    const path = join(process.cwd(), name);
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  return null;
}

async function load(path: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'));
    const module: { default?: unknown } = await import(pathToFileURL(path).href);
    return module.default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ValidationError([{ path: ['config'], message: `${path} cannot be read: ${withoutPiece(reason)}` }], {
      cause,
    });
  }
}

/** Of JSON that is broken Node quotes a piece, which may be one of a token. */
function withoutPiece(reason: string): string {
  return reason.replace(/, (\.{3})?".*"(\.{3})? is not valid JSON$/s, ' in its JSON');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
