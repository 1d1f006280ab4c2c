import type { SchemaContext } from './context.ts';
import { type MediaRequest, mediaPath } from './media-path.ts';

/** The address of a medium as clients get it; null where an id is a step that no address can have. */
export function mediaUrl(request: MediaRequest, { signMedia }: SchemaContext): string | null {
  const path = mediaPath(request);
  return path === null || signMedia === undefined ? path : signMedia(path);
}
