/** The service was not reached, broke off, or gave no answer of GraphQL. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** Of HTTP; null where there was no answer. */
  readonly status: number | null;

  constructor(message: string, { status = null, ...options }: ErrorOptions & { readonly status?: number | null } = {}) {
    super(message, options);
    this.status = status;
  }

  /** Whether the same request may do better later. */
  get isPassing(): boolean {
    return this.status === null || this.status === 429 || this.status >= 500;
  }
}

/** One error of a GraphQL answer. */
export interface GraphQLProblem {
  /** A sentence for a person. */
  readonly message: string;
  /** Such as `INVALID_INPUT`, `NOT_FOUND`, `INTERNAL_SERVER_ERROR`; it never changes its meaning. */
  readonly code: string;
  /** The field of the answer. */
  readonly path: readonly (string | number)[];
  /** What is wrong with the input: each path leads to it from the input's root. */
  readonly issues: readonly { readonly path: readonly string[]; readonly message: string }[];
}

/** The service refused an operation, or could not carry it out. The first problem is that of the error itself. */
export class OperationError extends Error implements GraphQLProblem {
  override readonly name = 'OperationError';
  readonly code: string;
  readonly path: GraphQLProblem['path'];
  readonly issues: GraphQLProblem['issues'];
  readonly problems: readonly GraphQLProblem[];

  constructor(problems: readonly GraphQLProblem[]) {
    const [first] = problems;
    super(first?.message ?? 'The service gave an error without a message.');
    this.code = first?.code ?? 'UNKNOWN';
    this.path = first?.path ?? [];
    this.issues = first?.issues ?? [];
    this.problems = problems;
  }
}
