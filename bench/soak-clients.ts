import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** What clients of one kind were answered. */
export interface Tally {
  readonly ms: number[];
  readonly errors: string[];
}

/** Clients of a service that count what they are answered, until they are told to stop. */
export class SoakClients {
  readonly tallies: Record<string, Tally> = {};
  /** Events that subscribers were told. */
  events = 0;
  readonly #url: string;
  readonly #stop: AbortSignal;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  /** A connection for each subscriber. */
  readonly #subscribers = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

  constructor(url: string, stop: AbortSignal) {
    this.#url = url;
    this.#stop = stop;
  }

  async ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const { data, errors } = JSON.parse(String(await this.#send(JSON.stringify({ query, variables }))));
    if (errors !== undefined) throw new Error(errors[0].message);
    return data;
  }

  async get(path: string): Promise<void> {
    const sent = request(new URL(path, this.#url), { agent: this.#agent }).end();
    await read(await answerOf(sent));
  }

  /** Does something again and again, with a pause in between. */
  async again(kind: string, pauseMs: number, once: (turn: number) => Promise<unknown>): Promise<void> {
    for (let turn = 0; !this.#stop.aborted; turn++) {
      const started = performance.now();
      try {
        await once(turn);
        this.#tally(kind).ms.push(performance.now() - started);
      } catch (error) {
        this.#fail(kind, error);
      }
      await delay(pauseMs);
    }
  }

  /** Asks, and goes away before the answer or in the middle of it. */
  async leave(body: object, afterMs: number): Promise<void> {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json' };
    const sent = request(this.#url, { method: 'POST', agent: false, headers }).end(JSON.stringify(body));
    sent.on('error', () => {}).on('response', (response: IncomingMessage) => response.on('error', () => {}).resume());
    await delay(afterMs);
    sent.destroy();
  }

  /** Follows over server-sent events until the end. */
  async followEvents(query: string): Promise<void> {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const sent = request(this.#url, { method: 'POST', agent: this.#subscribers, headers });
    const response = await answerOf(sent.end(JSON.stringify({ query })));
    this.#tally('subscription').ms.push(0);
    response.on('data', (chunk: Buffer) => this.#hear(String(chunk).split('event: next').length - 1));
    response.on('data', (chunk: Buffer) => this.#refuse(String(chunk)));
    response.on('error', (error) => this.#fail('subscription', error));
    response.on('end', () => this.#fail('subscription', new Error('It has ended.')));
    this.#stop.addEventListener('abort', () => sent.destroy());
  }

  /** Follows over a WebSocket until the end. */
  async followSocket(query: string): Promise<void> {
    const socket = new WebSocket(this.#url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    socket.on('message', (data) => {
      this.#hear(1);
      this.#refuse(String(data));
    });
    socket.on('close', () => this.#fail('subscription', new Error('It was closed.')));
    socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }));
    this.#tally('subscription').ms.push(0);
    this.#stop.addEventListener('abort', () => socket.terminate());
  }

  /** Ends the connections that are kept. */
  end(): void {
    this.#agent.destroy();
    this.#subscribers.destroy();
  }

  #send(body: string): Promise<Buffer> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }).end(body);
    return answerOf(sent).then(read);
  }

  #tally(kind: string): Tally {
    this.tallies[kind] ??= { ms: [], errors: [] };
    return this.tallies[kind];
  }

  #hear(events: number): void {
    this.events += events;
  }

  #refuse(message: string): void {
    if (message.includes('"errors"')) this.#fail('subscription', new Error(message.slice(0, 300)));
  }

  /** What ends because all ends is no error. */
  #fail(kind: string, error: unknown): void {
    if (!this.#stop.aborted) this.#tally(kind).errors.push(error instanceof Error ? error.message : String(error));
  }
}

async function answerOf(sent: ReturnType<typeof request>): Promise<IncomingMessage> {
  const [response] = await once(sent, 'response');
  if (response.statusCode === 200) return response;
  throw new Error(
    `${sent.path} was answered with ${response.statusCode}: ${String(await read(response)).slice(0, 200)}`,
  );
}

async function read(response: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(response));
}
