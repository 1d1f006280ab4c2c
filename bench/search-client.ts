import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface HttpAnswer {
  /** Without what the model took for the text. */
  readonly ms: number;
  readonly embedMs: number;
  readonly items: readonly string[];
  readonly indexType: string | null;
  readonly nprobes: number | null;
}

interface Search {
  readonly edges: readonly { readonly node: { readonly pixanoId: string } }[];
  readonly explain: { readonly indexType: string | null; readonly nprobes: number | null; readonly embedMs: number };
}

/** What LanceDB alone gives as well, ids and distances; with `whole`, what a page of a user interface shows. */
const SEARCH = `query ($table: String!, $text: String!, $exact: Boolean!, $first: Int!, $whole: Boolean!) {
  dataset(by: { folder: "health_images" }) {
    search(input: { table: $table, query: { text: $text }, exact: $exact }, first: $first) {
      edges { cursor distance similarity node { id pixanoId } ...whole @include(if: $whole) }
      pageInfo { hasNextPage endCursor }
      explain { indexType nprobes embedMs searchMs fetchMs }
    }
  }
}
fragment whole on SearchEdge { node { attributes } view { pixanoId mediaUrl thumbnailUrl } }`;

/** A client of the service that keeps its connections. */
export class SearchClient {
  readonly #url: string;
  readonly #table: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(url: string, table: string) {
    this.#url = url;
    this.#table = table;
  }

  async search(
    text: string,
    { exact, first, whole = false }: { exact: boolean; first: number; whole?: boolean },
  ): Promise<HttpAnswer> {
    const body = JSON.stringify({ query: SEARCH, variables: { table: this.#table, text, exact, first, whole } });
    const started = performance.now();
    const { dataset } = await this.#post<{ dataset: { search: Search } }>(body);
    const { edges, explain } = dataset.search;
    const ms = performance.now() - started - explain.embedMs;
    return { ms, items: edges.map(({ node }) => node.pixanoId), ...explain };
  }

  /** By a job, which makes it and measures it. */
  async makeIndex(minRecallAt10: number): Promise<void> {
    const { dataset } = await this.#ask<{ dataset: { id: string } }>(
      '{ dataset(by: { folder: "health_images" }) { id } }',
    );
    const asked = await this.#ask<{ createVectorIndex: { message?: string; job?: { id: string } } }>(
      `mutation { createVectorIndex(
        input: { dataset: "${dataset.id}", table: "${this.#table}", minRecallAt10: ${minRecallAt10} }
      ) { ... on CreateVectorIndexPayload { job { id } } ... on Error { message } } }`,
    );
    const { job, message } = asked.createVectorIndex;
    if (job === undefined) throw new Error(message);
    for (;;) {
      const { embeddingJob } = await this.#ask<{ embeddingJob: { state: string; error: string | null } }>(
        `{ embeddingJob(id: "${job.id}") { state error } }`,
      );
      if (embeddingJob.state === 'SUCCEEDED') return;
      if (!['QUEUED', 'RUNNING'].includes(embeddingJob.state))
        throw new Error(embeddingJob.error ?? embeddingJob.state);
      await sleep(200);
    }
  }

  #ask<Data>(query: string): Promise<Data> {
    return this.#post(JSON.stringify({ query }));
  }

  #post<Data>(body: string): Promise<Data> {
    const { promise, resolve, reject } = Promise.withResolvers<Data>();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, async (response) => {
      try {
        const { data, errors } = JSON.parse(Buffer.concat(await Array.fromAsync(response)).toString());
        if (errors === undefined) resolve(data);
        else reject(new Error(errors[0].message));
      } catch (error) {
        reject(error);
      }
    });
    sent.on('error', reject);
    sent.end(body);
    return promise;
  }
}
