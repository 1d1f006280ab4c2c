import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Ends an answer with one line for a person. */
export function answerPlainly(
  response: ServerResponse,
  status: number,
  line: string,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(`${line}\n`);
}
