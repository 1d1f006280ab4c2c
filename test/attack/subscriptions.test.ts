import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTarget, type Target } from './target.ts';
import { knownDataset } from './world.ts';

/** Half of them over server-sent events, half over a WebSocket each. */
const SUBSCRIPTIONS = 5_000;
const QUERY = 'subscription { embeddingJobs { cursor job { state } } }';
/** Connections that are being opened at the same time. */
const OPENING = 50;

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

interface Subscriber {
  /** Which of them have heard of an event. */
  heard(): boolean;
  leave(): void;
}

/** Every few of them come from an address of their own, as those of many clients do. */
function addressOf(index: number): string | undefined {
  return process.platform === 'linux' ? `127.0.${1 + Math.floor(index / 500)}.1` : undefined;
}

async function overEvents(index: number, agent: Agent): Promise<Subscriber> {
  const localAddress = addressOf(index);
  const subscription: ClientRequest = request(target.url, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    ...(localAddress !== undefined && { localAddress }),
  });
  let text = '';
  const answered = once(subscription, 'response');
  subscription.on('error', () => {});
  subscription.end(JSON.stringify({ query: QUERY }));
  const [response] = await answered;
  expect(response.statusCode).toBe(200);
  response
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      text += chunk.toString().includes('"cursor"') ? 'event' : '';
    });
  return { heard: () => text !== '', leave: () => subscription.destroy() };
}

async function overSocket(index: number): Promise<Subscriber> {
  const localAddress = addressOf(index);
  const socket = new WebSocket(
    target.socketUrl,
    'graphql-transport-ws',
    localAddress === undefined ? {} : { localAddress },
  );
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  let heard = false;
  socket.on('message', (data) => {
    heard ||= String(data).includes('"cursor"');
  });
  socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: QUERY } }));
  return { heard: () => heard, leave: () => socket.terminate() };
}

test(`${SUBSCRIPTIONS} idle subscriptions cost little, hear of the next job, and are gone when their clients are`, async () => {
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const subscribers: Subscriber[] = [];
  for (let begun = 0; begun < SUBSCRIPTIONS; begun += OPENING) {
    const opening = Array.from({ length: OPENING }, (_, index) =>
      index % 2 === 0 ? overEvents(begun + index, agent) : overSocket(begun + index),
    );
    subscribers.push(...(await Promise.all(opening)));
  }
  await target.expectUnharmed();
  const { id } = await knownDataset(target, 'health_images');
  const { data } = await target.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
    `mutation ($dataset: ID!) { computeViewEmbeddings(input: { dataset: $dataset, table: "emb_tiny" }) {
        ... on ComputeViewEmbeddingsPayload { job { id } } } }`,
    { dataset: id },
  );
  expect(data.computeViewEmbeddings.job.id).toBeDefined();
  // Until the last has heard: how long that takes is a matter of the machine.
  while (!subscribers.every((each) => each.heard())) await delay(50);
  for (const subscriber of subscribers) subscriber.leave();
  agent.destroy();
  await target.expectUnharmed();
}, 120_000);
