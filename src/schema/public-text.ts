import { realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { EmbeddingModels } from '../core/embedding-models.ts';
import type { Library } from '../core/library.ts';

/** Messages that are remembered as told. */
const MOST_TOLD = 1000;

/**
 * Messages as clients read them: the folders of the service's machine, which a message at the shell or in the log has as
 * they are, stand under their names, such as `<models>/ViT-B-32`.
 */
export class PublicText {
  readonly #names: readonly (readonly [path: string, name: string])[];
  readonly #told = new Set<string>();
  readonly #onHidden: (message: string) => void;

  /** @param onHidden told of each message once that clients do not get as it is */
  constructor(library: Library, models: EmbeddingModels, onHidden: (message: string) => void = () => {}) {
    const folders: readonly (readonly [path: string, name: string])[] = [
      [library.path, '<library>'],
      [library.mediaDir, '<media>'],
      [library.state.path, '<state>'],
      ...models.context.modelFolders.map((path) => [path, '<models>'] as const),
      [fileURLToPath(new URL('../..', import.meta.url)), '<viewfinder>/'],
      [process.cwd(), '<working folder>'],
      [homedir(), '<home>'],
      [tmpdir(), '<temporary>'],
    ];
    const written = folders.flatMap(([path, name]) => waysToWrite(path).map((way) => [way, name] as const));
    // What lies in another folder of these has the name of its own.
    this.#names = written.sort(([a], [b]) => b.length - a.length);
    this.#onHidden = onHidden;
  }

  of(message: string): string {
    const shown = this.#names.reduce((text, [path, name]) => text.replaceAll(path, name), message);
    if (shown !== message) this.#tell(message);
    return shown;
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    if (this.#told.size >= MOST_TOLD) this.#told.clear();
    this.#told.add(message);
    this.#onHidden(message);
  }
}

/** As we and libraries write a path: as it was given, without links, as a URL, and as Lance does, without its first slash. */
function waysToWrite(path: string): string[] {
  const paths = [path, realPath(path)];
  const ways = paths.flatMap((each) => [each, pathToFileURL(each).pathname]);
  const withoutSlash = ways.filter((way) => /^\/[^/]+\/[^/]/.test(way)).map((way) => way.slice(1));
  return [...new Set([...ways, ...withoutSlash])].filter((way) => way.length > 1);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
