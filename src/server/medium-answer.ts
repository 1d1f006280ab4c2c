import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Medium } from '../core/media.ts';
import { byteRangeOf } from './byte-range.ts';
import { mediaTypeOf, SIGNATURE_LENGTH } from './media-type.ts';
import { isKnown, mayContinue, validatorsOf } from './validators.ts';

const HEADERS = {
  // What a browser that meets the bytes may do with them: show a picture, and nothing else.
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  // Whose pictures these are is not known, so no cache that people share keeps them. An address stays when its
  // picture changes: a browser shows what it has for the minute in which one looks around, and then asks (304).
  'cache-control': 'private, max-age=60',
  'accept-ranges': 'bytes',
};

/** Sends a medium, the part of it that was asked for, or word that the client has it. */
export async function sendMedium(request: IncomingMessage, response: ServerResponse, medium: Medium): Promise<void> {
  const { method, headers } = request;
  const validators = validatorsOf(medium);
  const { etag, lastModified } = validators;
  const known = { ...HEADERS, etag, ...(lastModified !== null && { 'last-modified': lastModified }) };
  if (isKnown(headers, validators)) {
    response.writeHead(304, known).end();
    return;
  }
  const wanted = method === 'GET' && mayContinue(headers, validators) ? byteRangeOf(headers.range, medium.size) : null;
  if (wanted === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${medium.size}` }).end();
    return;
  }
  const { start, end } = wanted ?? { start: 0, end: medium.size };
  response.writeHead(wanted === null ? 200 : 206, {
    ...known,
    'content-type': mediaTypeOf(await headOf(medium)),
    'content-length': end - start,
    ...(wanted !== null && { 'content-range': `bytes ${start}-${end - 1}/${medium.size}` }),
  });
  if (method === 'HEAD') response.end();
  else await pipeline(medium.chunks({ start, end }), response);
}

async function headOf(medium: Medium): Promise<Uint8Array> {
  const range = { start: 0, end: Math.min(SIGNATURE_LENGTH, medium.size) };
  for await (const head of medium.chunks(range)) return head;
  return new Uint8Array();
}
