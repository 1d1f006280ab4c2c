/** What a caller may do; each includes those before it. */
export const SCOPES = ['read', 'compute', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who sent an operation. */
export interface Caller {
  /** By which the log knows them; says nothing of their token. */
  readonly name: string;
  readonly scope: Scope;
  /** Where their connection comes from; null where there is none. */
  readonly address: string | null;
}

export function includes(scope: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(needed);
}
