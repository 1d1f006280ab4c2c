import { parseTokens, type Token } from '../../src/server/token.ts';

/** Secrets of the holders that tests know, by scope. */
export const SECRETS = {
  read: 'reader-0123456789abcdef',
  compute: 'worker-0123456789abcdef',
  admin: 'keeper-0123456789abcdef',
} as const;

export const TOKENS: readonly Token[] = parseTokens(
  Object.entries(SECRETS).map(([scope, secret]) => `${scope}:test-${scope}:${secret}`),
  { local: false },
);

/** The header by which a request says who sends it. */
export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` };
}
