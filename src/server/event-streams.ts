import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds in which what was told last goes out. */
const FAREWELL = 100;

/** The answers over server-sent events that are under way. */
export class EventStreams {
  readonly #answers = new Set<ServerResponse>();

  /** Follows an answer of whatever kind. */
  add(answer: ServerResponse): void {
    this.#answers.add(answer);
    answer.once('close', () => this.#answers.delete(answer));
  }

  /** Breaks them off, for `complete` would say that nothing more is to come, and a client would not ask again. */
  async breakOff(): Promise<void> {
    const streams = [...this.#answers].filter(isStream);
    if (streams.length === 0) return;
    await delay(FAREWELL);
    for (const { socket } of streams) socket?.destroySoon();
  }
}

function isStream(answer: ServerResponse): boolean {
  return String(answer.getHeader('content-type')).startsWith('text/event-stream');
}
