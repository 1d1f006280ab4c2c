import { z } from 'zod';
import type { ApiKey } from './api-key.ts';

/** What a server has against a request, with a status of 4xx. */
export interface Refusal {
  readonly status: number;
  /** A line for people, without a full stop. */
  readonly message: string;
  /** Whether it says of one input, and not of the request, that it is wrong. */
  readonly namesInput: boolean;
}

const LONGEST_MESSAGE = 300;

/** Errors as OpenAI, FastAPI and Pixano's inference server write them. */
const errorBody = z.looseObject({
  error: z
    .union([
      z.string(),
      z.looseObject({
        message: z.unknown().optional(),
        code: z.unknown().optional(),
        param: z.unknown().optional(),
      }),
    ])
    .optional(),
  detail: z
    .union([z.string(), z.array(z.looseObject({ msg: z.string(), loc: z.array(z.unknown()).default([]) }))])
    .optional(),
  message: z.string().optional(),
});

/**
 * @param text the body of the answer
 * @param key what the answer may repeat, and the message must not: not even the beginning of it
 */
export function refusalOf({ status, statusText }: Response, text: string, key: ApiKey): Refusal {
  const { said, namesInput } = read(text);
  const words = shortened(key.hideIn(said ?? text));
  const reason = shortened(key.hideIn(statusText));
  const head = `status ${status}${reason === '' ? '' : ` ${reason}`}`;
  return { status, message: words === '' ? head : `${head}: ${words.replace(/\.$/, '')}`, namesInput };
}

function shortened(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

function read(text: string): { readonly said: string | undefined; readonly namesInput: boolean } {
  const parsed = errorBody.safeParse(parseJson(text));
  if (!parsed.success) return { said: undefined, namesInput: false };
  const { error, detail, message } = parsed.data;
  if (typeof error === 'string') return { said: error, namesInput: false };
  if (error !== undefined) {
    const namesInput = /input\W*\d/.test(String(error.param)) || error.code === 'invalid_media';
    return { said: typeof error.message === 'string' ? error.message : JSON.stringify(error), namesInput };
  }
  if (Array.isArray(detail)) {
    const said = detail.map(({ msg, loc }) => `${loc.join('.')}: ${msg}`).join('; ');
    const namesInput = detail.every(({ loc }) => loc.some((step) => typeof step === 'number'));
    return { said, namesInput };
  }
  return { said: detail ?? message, namesInput: false };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
