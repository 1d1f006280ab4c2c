/** Loads a model and disposes of it, again and again, and answers with what each round left: the child of memory-test.ts. */
import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { EmbeddingPlugin, ModelContext } from '../embedding-plugin.ts';

export interface RoundsRequest {
  readonly module: string;
  readonly options: unknown;
  readonly context: ModelContext;
  readonly images: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly rounds: number;
}

export interface RoundsAnswer {
  readonly error?: string;
  /** One for each round that has ended. */
  readonly samples: readonly Sample[];
}

interface Sample {
  /** Of memory that the process has, the freed and collected left out. */
  readonly bytes: number;
  /** 0 where the system does not tell. */
  readonly threads: number;
  /** What keeps the event loop alive. */
  readonly handles: number;
}

process.once('message', async (request: RoundsRequest) => {
  const samples: Sample[] = [];
  let answer: RoundsAnswer = { samples };
  try {
    const { default: plugin }: { default: EmbeddingPlugin } = await import(request.module);
    for (let round = 0; round < request.rounds; round++) {
      await loadOnce(plugin, request);
      samples.push(await sample());
    }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error), samples };
  }
  process.send?.(answer);
});

async function loadOnce(plugin: EmbeddingPlugin, { options, context, images, texts }: RoundsRequest): Promise<void> {
  await using model = await plugin.load(options, context);
  if (images.length > 0) {
    for (const image of images) await model.embedImages([await model.prepareImage(image)]);
  }
  for (const text of texts) await model.embedTexts([text]);
}

async function sample(): Promise<Sample> {
  // What has ended lets go in a later turn of the event loop.
  for (let turns = 0; turns < 5; turns++) await turn();
  globalThis.gc?.();
  await turn();
  return {
    bytes: process.memoryUsage.rss(),
    threads: process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0,
    handles: process.getActiveResourcesInfo().length,
  };
}
