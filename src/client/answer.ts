import { type GraphQLProblem, OperationError, TransportError } from './errors.ts';

/**
 * The data of one GraphQL result.
 * @throws OperationError where it has errors, TransportError where it is no result
 */
export function dataOf<Answer>(result: unknown, status: number | null = null): Answer {
  const { data, errors } = partsOf(result);
  if (Array.isArray(errors) && errors.length > 0) throw new OperationError(errors.map(problemOf));
  if (typeof data !== 'object' || data === null) {
    throw new TransportError('The service gave an answer that is none of GraphQL.', { status });
  }
  // It is what the document asks for: the service checks both by the schema from which the types were made.
  return data as Answer;
}

/**
 * @throws OperationError where the answer has errors, TransportError where it is none of GraphQL or breaks off; the
 *   signal's reason when it aborted
 */
export async function answerOf<Answer>(response: Response, signal?: AbortSignal): Promise<Answer> {
  const { status } = response;
  const text = await response.text().catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new TransportError('The service broke off within its answer.', { cause });
  });
  return dataOf<Answer>(parsed(text, status), status);
}

function parsed(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const said = text.trim().slice(0, 300);
    throw new TransportError(said === '' ? `The service answered with the status ${status}.` : said, { status, cause });
  }
}

function problemOf(error: unknown): GraphQLProblem {
  const { message, path, extensions } = partsOf(error);
  const { code, issues } = partsOf(extensions);
  return {
    message: typeof message === 'string' ? message : 'The service gave an error without a message.',
    code: typeof code === 'string' ? code : 'UNKNOWN',
    path: Array.isArray(path) ? path : [],
    issues: Array.isArray(issues) ? issues.map(issueOf) : [],
  };
}

function issueOf(issue: unknown): GraphQLProblem['issues'][number] {
  const { path, message } = partsOf(issue);
  return { path: Array.isArray(path) ? path.map(String) : [], message: String(message) };
}

function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
