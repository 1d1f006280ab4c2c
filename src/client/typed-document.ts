/**
 * A GraphQL document that knows the types of its answer and of its variables; a plain string knows neither. The
 * documents of other generators fit where they are strings (the client preset's `documentMode: 'string'`).
 */
export interface TypedDocument<Answer, Variables> {
  toString(): string;
  /** Never there: it carries the types. */
  readonly __apiType?: (variables: Variables) => Answer;
  /** A parsed document is not one: print it first. */
  readonly kind?: never;
}
