import type { ViewKey } from '../core/view.ts';

/** Pixels of a thumbnail's longer side. */
export const THUMBNAIL_SIZES = [128, 256, 512] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

/** What an address of the media routes asks for. */
export type MediaRequest =
  | { readonly kind: 'media'; readonly folder: string; readonly view: ViewKey }
  | { readonly kind: 'thumbnail'; readonly folder: string; readonly view: ViewKey; readonly size: ThumbnailSize }
  | { readonly kind: 'preview'; readonly folder: string };

/** The address of a medium within this service, without its host; null where an id is a step that no address can have. */
export function mediaPath(request: MediaRequest): string | null {
  const { kind, folder } = request;
  if (kind === 'preview') return path('preview', folder);
  const { table, id } = request.view;
  return kind === 'media'
    ? path('media', folder, table, id)
    : path('thumbnail', String(request.size), folder, table, id);
}

/** The reverse of `mediaPath`; null where the path is not one of a medium. */
export function parseMediaPath(pathname: string): MediaRequest | null {
  const [kind, ...steps] = pathname.split('/').slice(1).map(decoded);
  if (steps.some((step) => step === null || step === '')) return null;
  const [a = '', b = '', c = '', d = ''] = steps.map((step) => step ?? '');
  if (kind === 'preview' && steps.length === 1) return { kind, folder: a };
  if (kind === 'media' && steps.length === 3) return { kind, folder: a, view: { table: b, id: c } };
  if (kind === 'thumbnail' && steps.length === 4) {
    const size = THUMBNAIL_SIZES.find((each) => String(each) === a);
    return size === undefined ? null : { kind, size, folder: b, view: { table: c, id: d } };
  }
  return null;
}

function path(...steps: string[]): string | null {
  // A URL drops the first three, encoded or not: the address would be of something else.
  if (steps.some((step) => ['', '.', '..'].includes(step))) return null;
  return steps.map((step) => `/${encodeURIComponent(step)}`).join('');
}

function decoded(step: string): string | null {
  try {
    return decodeURIComponent(step);
  } catch {
    return null;
  }
}
