import type { Plugin } from 'graphql-yoga';
import { z } from 'zod';
import { isMultipart, onForm } from './multipart-form.ts';

/** A path is followed step by step: a longer one leads to nothing of ours. */
const LONGEST_PATH = 500;

const mapOfFiles = z.record(z.string(), z.array(z.string().max(LONGEST_PATH)).min(1));

/**
 * Says what is wrong with a request of several parts whose files lead nowhere. Yoga takes one for a request without
 * files, and the client would read that a variable is null.
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export function multipartMap(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (requestParser === undefined || !isMultipart(request)) return;
      setRequestParser((whole) => {
        onForm(whole, check);
        return requestParser(whole);
      });
    },
  };
}

/** @throws Error whose message is put behind Yoga's own words */
function check(form: FormData): void {
  const [operations, map] = [json(form, 'operations'), json(form, 'map')];
  if (map === undefined) {
    const [file] = Array.from(form.keys()).filter((name) => name !== 'operations' && name !== 'map');
    if (file !== undefined)
      throw new Error(`The file "${file}" has no place in the operations: a field "map" says it.`);
    return;
  }
  const { data } = mapOfFiles.safeParse(map);
  if (data === undefined) throw new Error('The field "map" is to hold, for each file, a list of paths.');
  for (const [name, paths] of Object.entries(data)) {
    const file = form.get(name);
    if (file === null) throw new Error(`The map names the file "${name}", which is not there.`);
    if (typeof file === 'string') throw new Error(`What the map names the file "${name}" is a text.`);
    const astray = paths.find((path) => at(operations, path.split('.')) !== null);
    if (astray !== undefined) throw new Error(`The map leads to "${astray}", which is no null in the operations.`);
  }
}

/** Undefined where there is no such field, or it is no JSON, of which Yoga tells. */
function json(form: FormData, name: string): unknown {
  const text = form.get(name);
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** What a path leads to, by own properties alone. */
function at(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return at(Object.getOwnPropertyDescriptor(value, step)?.value, rest);
}
