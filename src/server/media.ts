import type { IncomingMessage, ServerResponse } from 'node:http';
import { openPreview } from '../core/dataset-preview.ts';
import type { Library } from '../core/library.ts';
import { MediaError, type Medium } from '../core/media.ts';
import type { MediaRequest } from '../schema/media-path.ts';
import { KnownViews } from './known-views.ts';
import { sendMedium } from './medium-answer.ts';
import { answerPlainly } from './plain-answer.ts';
import type { Thumbnails } from './thumbnails.ts';

const STATUS: Readonly<Record<MediaError['code'], number>> = {
  MEDIA_MISSING: 404,
  MEDIA_FORBIDDEN: 403,
  MEDIA_TOO_LARGE: 413,
  MEDIA_UNREADABLE: 422,
  MEDIA_UNSUPPORTED: 415,
  MEDIA_UNREACHABLE: 502,
};

/** Answers requests for media, thumbnails and previews of a library. */
export class MediaService {
  readonly #library: Library;
  readonly #thumbnails: Thumbnails;
  readonly #views = new KnownViews();

  constructor(library: Library, thumbnails: Thumbnails) {
    this.#library = library;
    this.#thumbnails = thumbnails;
  }

  async answer(wanted: MediaRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      await using medium = await this.#open(wanted, gone);
      await sendMedium(request, response, medium);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof MediaError)) throw error;
      // What was sent is not all that was promised: only a broken connection says so.
      if (response.headersSent) response.destroy();
      else refuse(response, error);
    }
  }

  /** @throws MediaError, or the signal's reason when it aborted */
  async #open(wanted: MediaRequest, call: { readonly signal: AbortSignal }): Promise<Medium> {
    const dataset = await this.#library.find({ folder: wanted.folder });
    if (dataset === null) throw new MediaError('MEDIA_MISSING', `There is no dataset ${wanted.folder}.`);
    if (wanted.kind === 'preview') return openPreview(dataset.path);
    const view = await this.#views.find(dataset, wanted.view);
    if (wanted.kind === 'media') return dataset.views.open(view, call);
    return this.#thumbnails.of(dataset, view, wanted.size, call);
  }
}

/** A file that is put right is to be seen at once, so no cache keeps this answer. */
function refuse(response: ServerResponse, { code }: MediaError): void {
  answerPlainly(response, STATUS[code], code, { 'cache-control': 'no-store' });
}
