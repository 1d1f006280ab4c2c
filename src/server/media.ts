import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sharp from 'sharp';
import type { Dataset } from '../core/dataset.ts';
import { readPreview } from '../core/dataset-preview.ts';
import type { Library } from '../core/library.ts';
import { MediaError } from '../core/media.ts';
import type { View, ViewKey } from '../core/view.ts';
import type { MediaRequest, ThumbnailSize } from '../schema/media-path.ts';
import { mediaTypeOf, UNKNOWN } from './media-type.ts';

const STATUS: Readonly<Record<MediaError['code'], number>> = {
  MEDIA_MISSING: 404,
  MEDIA_FORBIDDEN: 403,
  MEDIA_TOO_LARGE: 413,
  MEDIA_UNREADABLE: 422,
  MEDIA_UNSUPPORTED: 415,
  MEDIA_UNREACHABLE: 502,
};

/** What a browser that meets the bytes may do with them: show a picture, and nothing else. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'private, max-age=60',
};

/** Answers a request for a medium, a thumbnail or a preview. */
export async function serveMedia(
  library: Library,
  wanted: MediaRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  try {
    const bytes = await bytesOf(library, wanted);
    send(request, response, bytes);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    response.writeHead(STATUS[error.code], { 'content-type': 'text/plain; charset=utf-8' }).end(`${error.code}\n`);
  }
}

async function bytesOf(library: Library, wanted: MediaRequest): Promise<Uint8Array> {
  const dataset = await library.find({ folder: wanted.folder });
  if (dataset === null) throw new MediaError('MEDIA_MISSING', `There is no dataset ${wanted.folder}.`);
  if (wanted.kind === 'preview') return readPreview(dataset.path);
  const bytes = await dataset.views.read(await viewOf(dataset, wanted.view));
  return wanted.kind === 'media' ? bytes : thumbnail(bytes, wanted.size);
}

async function viewOf(dataset: Dataset, key: ViewKey): Promise<View> {
  const [view] = await dataset.views.byKeys([key]);
  if (view) return view;
  throw new MediaError('MEDIA_MISSING', `There is no view ${key.id} in the table ${key.table}.`);
}

async function thumbnail(bytes: Uint8Array, size: ThumbnailSize): Promise<Uint8Array> {
  // What sharp would draw beside pictures (SVG, PDF) is made of instructions of whoever wrote the file.
  if (mediaTypeOf(bytes) === UNKNOWN) throw new MediaError('MEDIA_UNREADABLE', 'The file is no picture.');
  try {
    const picture = sharp(bytes, { failOn: 'error' }).rotate().flatten({ background: '#fff' });
    const small = picture.resize(size, size, { fit: 'inside', withoutEnlargement: true });
    return await small.jpeg({ quality: 82 }).toBuffer();
  } catch (cause) {
    throw new MediaError('MEDIA_UNREADABLE', 'The file is no picture that can be decoded.', { cause });
  }
}

function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  const known = request.headers['if-none-match']?.split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known?.includes(etag)) {
    response.writeHead(304, { ...HEADERS, etag }).end();
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    etag,
    'content-type': mediaTypeOf(bytes),
    'content-length': bytes.byteLength,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
