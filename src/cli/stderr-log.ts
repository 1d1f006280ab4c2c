import { destination, type Logger, pino } from 'pino';

/** Structured lines on stderr: stdout is for answers. */
export function stderrLog(): Logger {
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ fd: 2, sync: true }));
}
