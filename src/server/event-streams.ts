import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { OperationContext } from './operation-context.ts';

/** Milliseconds in which what was told last goes out. */
const FAREWELL = 100;

/** The answers to subscriptions over server-sent events. */
export class EventStreams {
  readonly #open = new Set<ServerResponse>();
  #stopped = false;

  plugin(): Plugin<OperationContext> {
    return {
      onSubscribe: ({ args }) => {
        const { res }: OperationContext = args.contextValue;
        if (res !== undefined) this.#add(res);
      },
    };
  }

  /**
   * Breaks them off, and those that begin later: `complete` would say that nothing more is to come, and a client would
   * not ask again.
   */
  stop(): void {
    this.#stopped = true;
    for (const answer of this.#open) breakOff(answer);
  }

  #add(answer: ServerResponse): void {
    if (answer.closed) return;
    if (this.#stopped) breakOff(answer);
    this.#open.add(answer);
    answer.once('close', () => this.#open.delete(answer));
  }
}

function breakOff(answer: ServerResponse): void {
  setTimeout(() => answer.socket?.destroySoon(), FAREWELL);
}
