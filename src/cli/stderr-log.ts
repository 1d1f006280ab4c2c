import { destination, type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/**
 * Structured lines on stderr: stdout is for answers. Whoever reads them slowly, or not at all, holds up nothing, and what
 * is not written yet is when the process exits.
 */
export function stderrLog(level: Config['logLevel']): Logger {
  const options = { base: null, level, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination({ fd: 2, sync: false, minLength: 0, maxLength: MOST_UNREAD }));
}

/** Bytes that wait for a reader; what comes after them is lost. */
const MOST_UNREAD = 4_000_000;
