import { type Caller, includes, type Scope } from './caller.ts';
import { ForbiddenError } from './forbidden-error.ts';

/**
 * What each mutation needs: `compute` where it costs time and makes what can be made again, `admin` where something is
 * gone afterwards. A mutation that is missing here keeps the schema from being built. Queries and subscriptions need
 * `read`, which everybody has who is let in.
 */
const MUTATION_SCOPES = {
  cancelEmbeddingJob: 'compute',
  computeViewEmbeddings: 'compute',
  createEmbeddingTable: 'compute',
  'createEmbeddingTable(mode: OVERWRITE)': 'admin',
  createVectorIndex: 'compute',
  dropEmbeddingTable: 'admin',
  retryEmbeddingJob: 'compute',
} as const satisfies Readonly<Record<string, Scope>>;

type Mutation = keyof typeof MUTATION_SCOPES;

/** @throws Error for a mutation that the table leaves out */
export function mutationOf(field: string): Mutation {
  if (isMutation(field)) return field;
  throw new Error(`The mutation ${field} has no scope: say in mutation-scopes.ts who may call it.`);
}

export function scopeOf(mutation: Mutation): Scope {
  return MUTATION_SCOPES[mutation];
}

/** @throws ForbiddenError where the caller's scope does not include what it needs */
export function demand({ scope }: Caller, mutation: Mutation): void {
  const needed = scopeOf(mutation);
  if (includes(scope, needed)) return;
  throw new ForbiddenError(
    `${mutation} needs a token with the scope "${needed}", and this one has "${scope}".`,
    needed,
  );
}

function isMutation(field: string): field is Mutation {
  return Object.hasOwn(MUTATION_SCOPES, field);
}
