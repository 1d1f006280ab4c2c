import { ValidationError } from '../core/errors.ts';
import { isLoopback } from '../server/loopback.ts';
import { parseTokens, type Token } from '../server/token.ts';
import type { Config } from './config.ts';

/**
 * Who is let in by a service that listens on `host`; everybody where there are none.
 * @throws ValidationError where that would be whoever reaches the address, and nobody said that it may be
 */
export function tokensFor(host: string, { tokens: settings, insecure }: Config): readonly Token[] {
  const local = isLoopback(host) || insecure;
  const tokens = parseTokens(settings, { local });
  if (local || tokens.length > 0) return tokens;
  throw ValidationError.at(
    'host',
    `${host} can be reached from other machines, and nobody is asked who they are: give tokens in VIEWFINDER_TOKENS ` +
      '(or with --token), or accept it with --insecure.',
  );
}
