import type { View, ViewKey } from './view.ts';
import type { Views } from './views.ts';

/** One view that could not be embedded. */
export interface ViewFailure {
  readonly view: ViewKey;
  readonly code: string;
  readonly message: string;
  /**
   * Of the file, where the picture itself is at fault (MEDIA_UNREADABLE, MEDIA_UNSUPPORTED,
   * MODEL_REFUSED): it tells later whether the file has changed. Null where trying again costs no
   * more than looking (missing, forbidden, too large), or may help.
   */
  readonly fingerprint: string | null;
}

/** Failures that a picture keeps until its file changes. */
const OF_THE_PICTURE: readonly string[] = ['MEDIA_UNREADABLE', 'MEDIA_UNSUPPORTED', 'MODEL_REFUSED'];

export async function viewFailure(views: Views, view: View, code: string, message: string): Promise<ViewFailure> {
  const { table, id } = view;
  const [fingerprint = null] = OF_THE_PICTURE.includes(code) ? await views.fingerprints([view]) : [];
  return { view: { table, id }, code, message, fingerprint };
}
