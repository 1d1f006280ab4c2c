/** A thread that runs one ONNX graph. */
import { workerData } from 'node:worker_threads';
import { answerRequests } from '../threads/answer-requests.ts';
import { giveWay } from '../threads/give-way.ts';
import { Graph } from './graph.ts';
import type { TowerAnswer, TowerItem, TowerSetup } from './tower.ts';

const setup: TowerSetup = workerData;
if (setup.patient) giveWay();
answerRequests<readonly TowerItem[], TowerAnswer>(open());

async function open() {
  const graph = await Graph.open(setup);
  return {
    answer: async (items: readonly TowerItem[], signal: AbortSignal) => ({
      fixedBatch: graph.fixedBatch,
      takesBytes: graph.takesBytes,
      vectors: await graph.run(items, signal),
    }),
    [Symbol.asyncDispose]: () => graph[Symbol.asyncDispose](),
  };
}
