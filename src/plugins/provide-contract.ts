import { registerHooks } from 'node:module';
import { extname } from 'node:path';

const CONTRACT = new URL(`./embedding-plugin${extname(import.meta.url)}`, import.meta.url).href;
let provided = false;

/**
 * Lets every module of this process import `viewfinder/plugin`, and get the contract of this Viewfinder: a plugin may
 * be a mere file that lies anywhere, and one that is installed must not bring a second copy.
 */
export function provideContract(): void {
  if (provided) return;
  provided = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'viewfinder/plugin' ? { url: CONTRACT, shortCircuit: true } : next(specifier, context),
  });
}
