import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The releases of Pixano that Viewfinder promises to work beside. */
export const VERSIONS = ['0.6.12', '0.7.2', '0.8.0'] as const;
export type Version = (typeof VERSIONS)[number];

/** Holds a virtual environment a version, and the checkpoint that they load. */
export const ENVIRONMENTS = process.env.PIXANO_ENVIRONMENTS ?? fileURLToPath(new URL('../../.pixano', import.meta.url));

/** The test model as open_clip loads it: a configuration and a checkpoint, both of this name. */
export const MODEL = { name: 'pixano-tiny-clip', folder: join(ENVIRONMENTS, 'model') } as const;

export const MODEL_OPTIONS = { name: MODEL.name, pretrained: `${MODEL.name}.safetensors` } as const;

export function pythonOf(version: Version): string {
  return executableOf(version, 'python');
}

/** A command that the environment of a version has. */
export function executableOf(version: Version, name: string): string {
  const [folder, suffix] = process.platform === 'win32' ? ['Scripts', '.exe'] : ['bin', ''];
  return join(ENVIRONMENTS, version, folder, `${name}${suffix}`);
}
