import { createReadStream } from 'node:fs';
import { ValidationError } from '../errors.ts';

/** Bytes of the longest line; a mask of a large picture has some thousands. */
const LONGEST_LINE = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * The values of a file with one JSON value a line; empty lines are passed over. Numbers that are written
 * without a fraction or an exponent are bigints: Python tells `1` from `1.0` as well.
 * @param name of the file in messages
 * @throws ValidationError that names the line
 */
export async function* readJsonLines(path: string, name: string): AsyncGenerator<{ where: string; value: unknown }> {
  let number = 0;
  for await (const bytes of linesOf(path, () => `${name}:${number + 1}`)) {
    number += 1;
    const where = `${name}:${number}`;
    const text = decode(bytes, where).trim();
    if (text !== '') yield { where, value: parse(text, where) };
  }
}

/** Split at line feeds alone: other line ends may stand within a JSON string. */
async function* linesOf(path: string, where: () => string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      length = 0;
      start = end + 1;
    }
    rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LONGEST_LINE) throw invalid(where(), `the line has more than ${LONGEST_LINE} bytes`);
  }
  yield Buffer.concat(rest);
}

function decode(bytes: Buffer, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(where, 'it is not UTF-8');
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value,
    );
  } catch (cause) {
    throw invalid(where, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function invalid(where: string, what: string): ValidationError {
  return ValidationError.at('metadata', `${where}: ${what}.`);
}
