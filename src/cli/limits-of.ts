import { type Limits, MB } from '../server/limits.ts';
import type { Config } from './config.ts';

/** The limits that a configuration sets, as the server takes them. */
export function limitsOf({ limits: settings }: Config): Limits {
  const { bodyMb, websocketMessageMb, operationSeconds, ...limits } = settings;
  return {
    ...limits,
    body: Math.floor(bodyMb * MB),
    websocketMessage: Math.floor(websocketMessageMb * MB),
    operationMs: Math.round(operationSeconds * 1000),
  };
}
