import { join, resolve } from 'node:path';

/**
 * Where Viewfinder keeps what is its own, such as the record of jobs: `.viewfinder` in the library, or the folder that
 * is named. Deleting it loses history and nothing else.
 */
export function stateFolder(library: string, named?: string): string {
  return named === undefined ? join(resolve(library), '.viewfinder') : resolve(named);
}
