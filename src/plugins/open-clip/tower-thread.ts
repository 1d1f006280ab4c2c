/** A thread that runs one ONNX graph. */
import { getPriority, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { answerRequests } from './answer-requests.ts';
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

/** Linux has a priority for each thread, and the graph's own threads inherit it; elsewhere it is the process's. */
function giveWay(): void {
  if (process.platform === 'linux') setPriority(Math.min(19, getPriority() + 5));
}
