import { expect } from 'vitest';
import { z } from 'zod';
import { expectHits, searchFor } from './golden.ts';
import { ownColumns, record } from './golden-records-items.ts';
import type { Check } from './golden-service.ts';

const found = z.object({ items: z.array(record.extend({ _distance: z.number() })) });

const hits: Check = async ({ request, json }, { server }) => {
  const { text, k } = z.object({ text: z.string(), k: z.int().max(500).default(50).catch(500) }).parse(request.json);
  const answer = await searchFor(server, { table: 'embeddings', text }, { limit: k });
  expectHits(
    answer,
    found.parse(json).items.map(({ _distance, ...each }) => ({ item: ownColumns(each), distance: _distance })),
  );
  // By cosine, of which the distance is what is missing to 1.
  for (const { distance, similarity } of answer) expect(similarity).toBeCloseTo(1 - distance, 6);
};

export const searches: Readonly<Record<string, Check>> = {
  'search-text': hits,
  'search-text-default-k': hits,
  'search-bone': hits,
  'search-skin': hits,
  'search-k-huge': hits,
  'search-k-0': async (_recorded, { server }) => {
    expect(await searchFor(server, { table: 'embeddings', text: 'microscope' }, { limit: 0 })).toEqual([]);
  },
  'search-neither': async (_recorded, { errorOf }) => {
    expect(await errorOf('search(input: { query: {} }) { nodes { id } }')).toMatchObject({
      message: /exactly one key/i,
    });
  },
  // Pixano 0.8 takes it for no text, 0.6 for one like others.
  'search-empty-text': async (_recorded, { server }) => {
    expect(await searchFor(server, { table: 'embeddings', text: '' }, { limit: 500 })).toHaveLength(12);
  },
  'inference-embedding-text': async ({ request, json }, { server }) => {
    const model = await server.copy.models.load('open-clip', { name: 'pixano-tiny-clip', pretrained: '' });
    const { model: _name, ...texts } = z.object({ model: z.string(), text: z.string() }).parse(request.json);
    const [vector] = await model.embedTexts(Object.values(texts));
    const values = z.object({ $floats: z.literal(vector?.length ?? 0), head: z.array(z.number()) });
    const { data } = z.object({ data: z.object({ embedding: z.object({ values }) }) }).parse(json);
    const { head } = data.embedding.values;
    for (const [i, component] of head.entries()) expect(vector?.[i]).toBeCloseTo(component, 5);
  },
  'compute-again': async (_recorded, { ask, server }) => {
    const { id } = await ask<{ id: string }>('id');
    const { data } = await server.ask<{ computeViewEmbeddings: { job: { id: string } } }>(
      `mutation ($id: ID!) { computeViewEmbeddings(input: { dataset: $id, table: "embeddings" }) {
        ... on ComputeViewEmbeddingsPayload { job { id } }
      } }`,
      { id },
    );
    const states: unknown[] = [];
    const source = {
      query: 'subscription ($id: ID!) { embeddingJob(id: $id) { job { state total embedded skipped } } }',
    };
    const events = server.sse().iterate({ ...source, variables: { id: data.computeViewEmbeddings.job.id } });
    for await (const { data: event } of events) states.push(event?.embeddingJob);
    expect(states.at(-1)).toEqual({ job: { state: 'SUCCEEDED', total: 12, embedded: 0, skipped: 12 } });
  },
  'compute-other-model': async (_recorded, { ask, server }) => {
    const { id } = await ask<{ id: string }>('id');
    const input = { dataset: id, name: 'embeddings', embeddingFunction: 'open-clip', existOk: true };
    const { data } = await server.ask<{ createEmbeddingTable: object }>(
      `mutation ($input: CreateEmbeddingTableInput!) { createEmbeddingTable(input: $input) {
        __typename
      } }`,
      { input: { ...input, options: { name: 'free-batch', pretrained: 'random' } } },
    );
    expect(data.createEmbeddingTable).toEqual({ __typename: 'ConflictError' });
  },
};
