import { EmbeddingError } from '../embedding-plugin.ts';
import { secretOf } from '../environment.ts';

/** The key of a server, which nothing shows. */
export class ApiKey {
  readonly #value: string | undefined;
  /** It, and as it is written within other texts. */
  readonly #spellings: readonly string[] = [];
  /** The environment variable that it is from. */
  readonly variable: string | undefined;

  /** @throws EmbeddingError final, where the variable holds no key */
  constructor(variable: string | undefined, url: string) {
    this.variable = variable;
    if (variable === undefined) return;
    const value = secretOf(variable);
    if (value === undefined) {
      const message = `The environment variable ${variable}, which is to hold the key for ${url}, is not set.`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message);
    }
    // A header cannot carry it, and the error that says so shows it.
    if (!/^[\x21-\x7e]+$/.test(value)) {
      const message = `The environment variable ${variable} holds characters that no key for ${url} can have.`;
      throw new EmbeddingError('MODEL_FAILED', 'final', message);
    }
    this.#value = value;
    const inJson = JSON.stringify(value).slice(1, -1);
    const all = [value, inJson, inJson.replaceAll('/', '\\/'), encodeURIComponent(value), btoa(value)];
    this.#spellings = [...new Set(all)];
  }

  /** @param prefix what stands before the key */
  header(name: string, prefix = ''): Record<string, string> {
    return this.#value === undefined ? {} : { [name]: prefix + this.#value };
  }

  /** The text of a server, which may repeat what it was sent. */
  hideIn(text: string): string {
    return this.#spellings.reduce((rest, spelling) => rest.replaceAll(spelling, '[key]'), text);
  }
}
