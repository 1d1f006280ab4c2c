/** A thread that runs one graph of a model with transformers.js. */
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../threads/answer-requests.ts';
import { giveWay } from '../threads/give-way.ts';
import type { EncoderAnswer, EncoderItem, EncoderSetup } from './encoder.ts';
import { Graph } from './graph.ts';

const setup: EncoderSetup = workerData;
if (setup.patient) giveWay();
answerRequests<readonly EncoderItem[], EncoderAnswer>(open());

async function open() {
  const graph = await Graph.open(setup);
  return {
    answer: async (items: readonly EncoderItem[], signal: AbortSignal) => ({
      fixedBatch: graph.fixedBatch,
      vectors: await graph.run(items, signal),
    }),
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
}
