import { z } from 'zod';

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

/** @param text the body of the answer */
export function refusalOf(status: number, statusText: string, text: string): Refusal {
  const { said, namesInput } = read(text);
  const words = (said ?? text).replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  const short = words.length > LONGEST_MESSAGE ? `${words.slice(0, LONGEST_MESSAGE)}…` : words;
  const head = `status ${status}${statusText === '' ? '' : ` ${statusText}`}`;
  return { status, message: short === '' ? head : `${head}: ${short.replace(/\.$/, '')}`, namesInput };
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
