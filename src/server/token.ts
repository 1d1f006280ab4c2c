import { hash } from 'node:crypto';
import { ValidationError } from '../core/errors.ts';
import { SCOPES, type Scope } from '../schema/caller.ts';

/** One token that lets its holder in, without what the holder has to know. */
export interface Token {
  /** What the log calls its holder: as given, or from the hash of the token. */
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
}

/** What a secret is made of (RFC 6750, 2.1), so that a colon can stand before it. */
const SECRET = /^[\w.~+/-]+=*$/;
const NAME = /^[\w.-]{1,64}$/;
/** Characters of a secret that others than this machine's users may guess at. */
const SHORTEST = 16;

export function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/**
 * Parses `SECRET`, `SCOPE:SECRET` or `SCOPE:NAME:SECRET`; without a scope a token may do everything.
 * @param local whether nobody but this machine's users can try to guess them; else they have at least 16 characters
 * @throws ValidationError, which shows nothing of any secret
 */
export function parseTokens(settings: readonly string[], { local }: { readonly local: boolean }): readonly Token[] {
  const tokens = settings.map((setting, index) => {
    const refused = (reason: string) => ValidationError.at('tokens', `Token ${index + 1} ${reason}`);
    const steps = setting.split(':');
    const secret = steps.pop() ?? '';
    const [scopeName = 'admin', name = nameOf(secret)] = steps;
    const scope = SCOPES.find((each) => each === scopeName);
    if (scope === undefined || steps.length > 2) {
      throw refused(`is not SECRET, SCOPE:SECRET or SCOPE:NAME:SECRET, where a scope is one of ${SCOPES.join(', ')}.`);
    }
    if (!NAME.test(name)) throw refused('has a name of other characters than letters, digits, ".", "_" and "-".');
    if (!SECRET.test(secret)) throw refused('has a secret of other characters than letters, digits and -._~+/.');
    if (!local && secret.length < SHORTEST) {
      throw refused(`has fewer than ${SHORTEST} characters: give one that cannot be guessed (openssl rand -hex 24).`);
    }
    return { name, scope, digest: digestOf(secret) };
  });
  const digests = new Set(tokens.map(({ digest }) => digest.toString('hex')));
  if (digests.size < tokens.length) throw ValidationError.at('tokens', 'A token is given twice.');
  return tokens;
}

/** Enough of its hash to tell a few tokens apart, and too little to check a guess by. */
function nameOf(secret: string): string {
  return `sha256-${digestOf(secret).toString('hex').slice(0, 4)}`;
}
