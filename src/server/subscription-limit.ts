import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { ShareLimits } from './limits.ts';
import type { OperationContext } from './operation-context.ts';
import { beyondLimit } from './refusal.ts';
import { Shares } from './shares.ts';

/** Limits how many subscriptions are open at once, over server-sent events and WebSocket together. */
export function subscriptionLimit(limits: ShareLimits): Plugin<OperationContext> {
  const open = new Shares(limits);
  return {
    onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) {
      const { caller, ending }: OperationContext = args.contextValue;
      const client = caller.address ?? '';
      const full = open.refusal(client, 'subscription');
      if (full !== null) {
        const message = `${full.message}, follow all jobs with one`;
        const refused = { status: full.status, code: 'TOO_MANY_SUBSCRIPTIONS' };
        setResultAndStopExecution({ errors: [beyondLimit('subscriptions', message, refused)] });
        return;
      }
      setSubscribeFn(async (given) => {
        const giveBack = open.take(client);
        ending.signal.addEventListener('abort', giveBack, { once: true });
        try {
          const events = await subscribeFn(given);
          if (isAsyncIterable(events)) return told(events, giveBack);
          giveBack();
          return events;
        } catch (error) {
          giveBack();
          throw error;
        }
      });
    },
  };
}

/** The same events; `onEnd` hears of their end, and of the consumer's leaving though an event is waited for. */
function told<Event>(events: AsyncIterable<Event>, onEnd: () => void): AsyncIterableIterator<Event> {
  const iterator = events[Symbol.asyncIterator]();
  const done = { done: true, value: undefined } as const;
  return {
    async next() {
      try {
        const result = await iterator.next();
        if (result.done) onEnd();
        return result;
      } catch (error) {
        onEnd();
        throw error;
      }
    },
    async return() {
      onEnd();
      return (await iterator.return?.()) ?? done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
