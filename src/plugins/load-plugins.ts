import { readFile } from 'node:fs/promises';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { API_VERSION, type EmbeddingPlugin } from './embedding-plugin.ts';
import { guardedPlugin } from './guarded-plugin.ts';
import openClip from './open-clip/index.ts';
import { tryModule } from './plugin-trial.ts';
import { provideContract } from './provide-contract.ts';
import type { RegisteredPlugin } from './registry.ts';
import openAiCompatible from './remote/openai-compatible.ts';
import pixanoInference from './remote/pixano-inference.ts';
import transformers from './transformers/index.ts';
import siglip from './transformers/siglip.ts';

/** Each with its module, without the ending that it has when published. */
const BUILT_IN: readonly (readonly [EmbeddingPlugin, string])[] = [
  [openClip, './open-clip/index'],
  [siglip, './transformers/siglip'],
  [transformers, './transformers/index'],
  [openAiCompatible, './remote/openai-compatible'],
  [pixanoInference, './remote/pixano-inference'],
];

const method = z.custom((value) => typeof value === 'function', 'must be a function');
const text = z.string().min(1);

const pluginModule = z.object({
  default: z.object({
    name: text,
    version: text,
    description: text,
    functions: z.array(text).min(1),
    modalities: z.array(z.enum(['image', 'text'])).min(1),
    remote: z.boolean().optional(),
    options: z.custom(
      (value) => typeof value === 'object' && value !== null && '~standard' in value,
      'must be a Standard Schema, such as a zod object',
    ),
    availability: method,
    models: method,
    locate: method,
    load: method,
  }),
});

/**
 * The built-in plugins, then those that a configuration names.
 *
 * @param specifiers names of npm packages, or paths of files
 * @param base absolute path of the folder from which packages are found and to which paths are relative
 * @throws Error which says what is wrong with which plugin
 */
export async function loadPlugins(specifiers: readonly string[], base: string): Promise<RegisteredPlugin[]> {
  const plugins: RegisteredPlugin[] = BUILT_IN.map(([plugin, path]) => ({
    plugin,
    module: new URL(`${path}${extname(import.meta.url)}`, import.meta.url).href,
  }));
  const trials = specifiers.map((specifier) => ({ specifier, tried: tried(specifier, base) }));
  await Promise.allSettled(trials.map((trial) => trial.tried));
  for (const trial of trials) plugins.push(await loadPlugin(trial, base));
  return plugins;
}

/** The module, once it is known that to import it ends no process. */
async function tried(specifier: string, base: string): Promise<string> {
  const module = await locateModule(specifier, base);
  await tryModule(module);
  return module;
}

async function loadPlugin(
  { specifier, tried }: { readonly specifier: string; readonly tried: Promise<string> },
  base: string,
): Promise<RegisteredPlugin> {
  let module: string;
  let imported: unknown;
  provideContract();
  try {
    module = await tried;
    imported = await import(module);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new Error(`The plugin "${specifier}" (looked for from ${base}) cannot be loaded: ${reason}`, { cause });
  }
  refuseOtherVersion(specifier, imported);
  const checked = pluginModule.safeParse(imported);
  if (!checked.success) {
    const reason = z.prettifyError(checked.error);
    throw new Error(`The plugin "${specifier}" (${module}) is not what definePlugin makes: ${reason}`);
  }
  // The guard has seen each member; that the methods do what they must, the conformance suite shows.
  const plugin = guardedPlugin((imported as { default: EmbeddingPlugin }).default);
  assertShown(specifier, plugin);
  return { plugin, module };
}

/** What cannot be shown would fail whenever somebody asks which plugins there are. */
function assertShown(specifier: string, { options }: EmbeddingPlugin): void {
  try {
    z.record(z.string(), z.json()).parse(options['~standard'].jsonSchema.input({ target: 'draft-2020-12' }));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new Error(`The plugin "${specifier}" does not show its options as JSON Schema: ${reason}`, { cause });
  }
}

/** Before all else: a plugin of another version may well be of another shape. */
function refuseOtherVersion(specifier: string, imported: unknown): void {
  const plugin = isRecord(imported) ? imported.default : undefined;
  const version = (isRecord(plugin) ? plugin.apiVersion : undefined) ?? API_VERSION;
  if (version === API_VERSION) return;
  const [older, newer] = [`an older release of the plugin, or a newer Viewfinder`, `a newer release of the plugin`];
  const remedy = typeof version === 'number' && version > API_VERSION ? older : newer;
  throw new Error(
    `The plugin "${specifier}" is written for version ${JSON.stringify(version)} of the plugin contract, and this ` +
      `Viewfinder has version ${API_VERSION}: install ${remedy}.`,
  );
}

async function locateModule(specifier: string, base: string): Promise<string> {
  if (specifier.startsWith('file:')) return specifier;
  if (/^\.{1,2}[/\\]/.test(specifier) || isAbsolute(specifier)) return pathToFileURL(resolve(base, specifier)).href;
  const from = join(base, 'viewfinder.config.js');
  const packageFile = findPackageJSON(specifier, pathToFileURL(from));
  if (packageFile !== undefined) {
    const { exports } = packageManifest.parse(JSON.parse(await readFile(packageFile, 'utf8')));
    const subpath = `.${specifier.replace(/^(@[^/]+\/)?[^/]+/, '')}`;
    const entry = importedFile(isSubpathMap(exports) ? exports[subpath] : subpath === '.' ? exports : undefined);
    if (entry !== undefined) return pathToFileURL(join(dirname(packageFile), entry)).href;
  }
  return pathToFileURL(createRequire(from).resolve(specifier)).href;
}

const packageManifest = z.object({ exports: z.unknown().optional() });

const IMPORT_CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * Node resolves imports only from the module that imports. Its `require` can start elsewhere, but does not
 * see the packages that export for `import` alone.
 */
function importedFile(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const file = IMPORT_CONDITIONS.has(condition) ? importedFile(inner) : undefined;
    if (file !== undefined) return file;
  }
  return undefined;
}

function isSubpathMap(exports: unknown): exports is Record<string, unknown> {
  return isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
