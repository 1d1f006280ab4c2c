/** A thread that runs one graph of a model with transformers.js. */
import { getPriority, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../open-clip/answer-requests.ts';
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

/** Linux has a priority for each thread, and the graph's own threads inherit it; elsewhere it is the process's. */
function giveWay(): void {
  if (process.platform === 'linux') setPriority(Math.min(19, getPriority() + 5));
}
