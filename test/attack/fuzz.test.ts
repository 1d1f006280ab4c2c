import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Choices } from './choices.ts';
import { expectHarmless } from './harmless.ts';
import { type RandomOperation, randomOperation } from './random-operation.ts';
import { SECOND } from './second-dataset.ts';
import { startTarget, type Target } from './target.ts';
import { type KnownDataset, knownDataset } from './world.ts';

const OPERATIONS = Number(process.env.FUZZ_OPERATIONS ?? 2_000);
/** Another one each time, for there is more to find than one seed finds; a failure prints it. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const AT_ONCE = 10;
/** Milliseconds after which an operation counts as one that hangs. */
const LONGEST = 60_000;
/** Milliseconds for which events of a subscription are waited for. */
const FOLLOWED = 100;

let target: Target;
let socket: Client;
let datasets: KnownDataset[];
const jobs: string[] = ['gone'];
beforeAll(async () => {
  target = await startTarget();
  socket = createClient({ url: target.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, lazy: false });
  const { id } = await knownDataset(target, SECOND);
  await target.ask(
    `mutation ($dataset: ID!) { createEmbeddingTable(input: {
      dataset: $dataset, name: "emb_second", embeddingFunction: "open-clip" }) { __typename } }`,
    { dataset: id },
  );
  const { data } = await target.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
    `mutation ($dataset: ID!) { computeViewEmbeddings(input: { dataset: $dataset, table: "emb_second" }) {
      ... on ComputeViewEmbeddingsPayload { job { id } } } }`,
    { dataset: id },
  );
  const { job } = data.computeViewEmbeddings;
  jobs.push(job.id);
  await vi.waitFor(async () => {
    const { data } = await target.ask('query ($id: ID!) { embeddingJob(id: $id) { state } }', job);
    expect(data).toEqual({ embeddingJob: { state: 'SUCCEEDED' } });
  }, 30_000);
  datasets = [await knownDataset(target, 'health_images'), await knownDataset(target, SECOND)];
});
afterAll(async () => {
  await socket.dispose();
  await target[Symbol.asyncDispose]();
});

/** The text of the answer, or of the answers that came in a while. */
function answerOf({ kind, query, variables }: RandomOperation, choices: Choices): Promise<string> {
  const operation = { query, variables: { ...variables } };
  if (kind === 'subscription') {
    if (choices.below(2) === 0) return followed(socket, operation);
    const sse = createSseClient({ url: target.url, retryAttempts: 0 });
    return followed(sse, operation).finally(() => sse.dispose());
  }
  if (choices.below(4) === 0) return followed(socket, operation, LONGEST);
  if (kind === 'query' && choices.below(6) === 0) {
    const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    // Node itself refuses longer ones.
    if (search.toString().length < 12_000) return target.http(`/graphql?${search}`).then(textOf);
  }
  const headers = { 'content-type': 'application/json' };
  return target.http('/graphql', { method: 'POST', headers, body: JSON.stringify(operation) }).then(textOf);
}

function textOf({ status, text }: { readonly status: number; readonly text: string }): string {
  expect(status, text).toBeLessThan(500);
  return text;
}

interface Follows {
  subscribe(
    operation: { query: string; variables: Record<string, unknown> },
    sink: { next(value: unknown): void; error(error: unknown): void; complete(): void },
  ): () => void;
}

function followed(client: Follows, operation: { query: string; variables: Record<string, unknown> }, ms = FOLLOWED) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const answers: unknown[] = [];
  const end = () => {
    clearTimeout(timer);
    resolve(JSON.stringify(answers));
  };
  const error = (error: unknown) => {
    clearTimeout(timer);
    // A socket that closes is the server's doing; an operation that is refused comes as a list of errors.
    if (Array.isArray(error) || error instanceof Error) {
      answers.push(error instanceof Error ? error.message : error);
      end();
    } else reject(new Error(`The connection was closed: ${JSON.stringify(error)}`));
  };
  const stop = client.subscribe(operation, { next: (value) => answers.push(value), error, complete: end });
  const timer = setTimeout(() => {
    stop();
    if (ms === LONGEST) reject(new Error('The operation hangs.'));
    else end();
  }, ms);
  return promise;
}

async function attempt(seed: number): Promise<string> {
  const choices = new Choices(seed);
  const operation = randomOperation(schema, datasets, jobs, choices);
  const asked = JSON.stringify([operation.query, operation.variables]);
  try {
    const answer = await Promise.race([
      answerOf(operation, choices),
      new Promise<never>((_, reject) => setTimeout(reject, LONGEST, new Error('The operation hangs.')).unref()),
    ]);
    expectHarmless(answer, [target.copy.temporary, target.copy.modelFolder]);
    if (operation.about !== null) expectNothingOfOthers(answer, asked, operation.about);
    for (const [, job = ''] of answer.matchAll(/"id":"(RW1iZWRkaW5nSm9i[\w-]+)"/g))
      if (!jobs.includes(job)) jobs.push(job);
    return answer;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\nThis was asked: ${asked}`, { cause });
  }
}

function expectNothingOfOthers(answer: string, asked: string, about: KnownDataset): void {
  for (const { marks } of datasets.filter((each) => each !== about)) {
    const found = marks.filter((mark) => answer.includes(mark) && !asked.includes(mark));
    expect(found, `An answer about ${about.folder} has this of another dataset in it.`).toEqual([]);
  }
}

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));

test(`${OPERATIONS} random operations`, async () => {
  console.info(`FUZZ_SEED=${SEED}`);
  let answered = 0;
  const group = fc.array(fc.nat(), { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' });
  await fc.assert(
    fc.asyncProperty(group, async (operations) => {
      for (const answer of await Promise.all(operations.map(attempt))) {
        if (answer.includes('"data":{') && !answer.includes('"errors"')) answered += 1;
      }
    }),
    // The state of the service is that of all operations before: a smaller example would not be the same one.
    { seed: SEED, numRuns: Math.ceil(OPERATIONS / AT_ONCE), endOnFailure: true },
  );
  // Else most are refused before they reach what is to be tried.
  expect(answered).toBeGreaterThan(OPERATIONS / 3);
  await target.expectUnharmed();
}, 600_000);
