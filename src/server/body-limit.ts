import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { MB } from './limits.ts';
import { isMultipart, onForm } from './multipart-form.ts';
import { badRequest } from './refusal.ts';

/** A limit to the bytes of a request beside its files, below the endpoint's own limit: what is no file is parsed as a whole. */
export function bodyLimit(largest: number): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      if (isMultipart(request)) {
        if (requestParser !== undefined) setRequestParser((whole) => withFiles(whole, largest, requestParser));
        return;
      }
      const declared = request.headers.get('content-length');
      if (Number(declared ?? 0) > largest) throw tooLarge(largest);
      // Node reads no more of a request than it said it has: only one that did not say needs to be counted.
      if (declared !== null || requestParser === undefined || request.body === null) return;
      setRequestParser((whole) => requestParser(limited(whole, largest, fetchAPI.Request)));
    },
  };
}

/** Of a request with files, its fields that are texts count. */
async function withFiles<Parsed>(
  request: Request,
  largest: number,
  parse: (request: Request) => Parsed,
): Promise<Awaited<Parsed>> {
  let bytes = 0;
  onForm(request, (form) => {
    for (const value of form.values()) if (typeof value === 'string') bytes += Buffer.byteLength(value);
  });
  const parsed = await parse(request);
  if (bytes > largest) throw tooLarge(largest);
  return parsed;
}

/** Ends the request where it has more in it. */
function limited(request: Request, largest: number, RequestType: typeof Request): Request {
  let bytes = 0;
  const body = request.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > largest) controller.error(tooLarge(largest));
        else controller.enqueue(chunk);
      },
    }),
  );
  const { url, method, headers, signal } = request;
  const streamed = { url, method, headers, signal, body: body ?? null, duplex: 'half' };
  return new RequestType(url, streamed);
}

function tooLarge(largest: number): GraphQLError {
  return badRequest(
    `The body of a request may have ${Number((largest / MB).toPrecision(3))} MB beside a file, and this one has more: give shorter lists, in ` +
      'several requests, or have the service raise "limits.bodyMb".',
    { status: 413, code: 'REQUEST_ENTITY_TOO_LARGE' },
  );
}
