import { z } from 'zod';

/** What each server takes, with names in the style of LanceDB's functions. No key is among them: they are kept in tables. */
export const serverFields = {
  name: z.string().min(1).describe('The model, as the server names it.'),
  base_url: z
    .string()
    .refine(isBaseUrl, 'must be an http or https address without a user, a query or a fragment')
    .optional()
    .describe('What the paths of the API are appended to; left out, the server that the configuration names for it.'),
  api_key_env: z
    .string()
    .regex(/^\w*API_KEY$/i, 'must be the name of an environment variable that ends in API_KEY')
    .optional()
    .describe('The environment variable that holds the key; left out, that of the configuration, or no key.'),
  normalize: z.boolean().default(true).describe('Whether vectors get the length 1.'),
  timeout: z.number().min(0.1).max(100).default(60).describe('Seconds that one answer may take.'),
  max_retries: z.int().min(0).max(20).default(5).describe('Tries after the first, where the server may yet answer.'),
  concurrency: z.int().min(1).max(32).default(2).describe('Requests that may be under way at once.'),
  max_image_side: z.int().min(32).default(4096).describe('Pixels; pictures of longer sides are made smaller.'),
  max_image_bytes: z.int().min(10_000).default(10_000_000).describe('Of a picture as it is sent, before base64.'),
};

export type ServerOptions = z.output<z.ZodObject<typeof serverFields>>;

/** What would be kept in a table, and shown in messages, must hold no password. */
function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
