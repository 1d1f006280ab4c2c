import { TransportError } from './errors.ts';

/** Where a service is, and how one says who one is. */
export interface Endpoint {
  readonly url: string;
  readonly token?: string | undefined;
}

/** One operation to carry out. */
export interface OperationRequest {
  readonly query: string;
  readonly variables: object;
}

/**
 * Sends an operation by POST: as JSON, or, where its variables hold files, as the GraphQL multipart request
 * specification has it.
 * @throws TransportError where there is no answer; the signal's reason when it aborted
 */
export async function send(
  { url, token }: Endpoint,
  request: OperationRequest,
  { accept, signal }: { readonly accept: string; readonly signal: AbortSignal | undefined },
): Promise<Response> {
  const { body, type } = bodyOf(request);
  const headers = {
    accept,
    // Tells the service that no form of a foreign page has sent it.
    'x-graphql-yoga-csrf': '1',
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    return await fetch(url, { method: 'POST', headers, body, signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TransportError(`The service at ${url} cannot be reached.`, { cause });
  }
}

function bodyOf({ query, variables }: OperationRequest): { body: string | FormData; type?: string } {
  const files: { readonly path: string; readonly file: Blob }[] = [];
  const operations = JSON.stringify({ query, variables: withoutFiles(variables, 'variables') });
  if (files.length === 0) return { body: operations, type: 'application/json' };
  const body = new FormData();
  body.set('operations', operations);
  body.set('map', JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  for (const [index, { file }] of files.entries()) body.set(String(index), file);
  return { body };

  function withoutFiles(value: unknown, path: string): unknown {
    if (value instanceof Blob) {
      files.push({ path, file: value });
      return null;
    }
    if (Array.isArray(value)) return value.map((each, index) => withoutFiles(each, `${path}.${index}`));
    if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, withoutFiles(each, `${path}.${name}`)]),
    );
  }
}
