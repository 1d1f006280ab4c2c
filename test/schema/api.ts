import { graphql } from 'graphql';
import { Library } from '../../src/core/library.ts';
import { EmbeddingJobs } from '../../src/jobs/embedding-jobs.ts';
import type { Caller } from '../../src/schema/caller.ts';
import type { SchemaContext } from '../../src/schema/context.ts';
import { schema } from '../../src/schema/index.ts';
import { Loaders } from '../../src/schema/loaders.ts';
import { type AuditEntry, MutationAudit } from '../../src/schema/mutation-audit.ts';
import { PublicText } from '../../src/schema/public-text.ts';
import { copyOfLibrary, type LibraryCopy, type TestModels } from '../library.ts';

export interface Answer<Data> {
  readonly data: Data;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: { readonly code?: string };
  }[];
}

/** The schema over a copy of a library, without a server. */
export interface TestApi extends AsyncDisposable {
  readonly copy: LibraryCopy;
  readonly library: Library;
  readonly jobs: EmbeddingJobs;
  /** What was kept of each mutation. */
  readonly audit: readonly AuditEntry[];
  /** What a client reads in the answer; errors are not masked here. */
  ask<Data>(source: string, variables?: Record<string, unknown>, caller?: Caller): Promise<Answer<Data>>;
}

/** @param indexRows rows from which a table gets a vector index */
export async function openApi(kind: 'items' | 'records', shared?: TestModels, indexRows?: number): Promise<TestApi> {
  const copy = await copyOfLibrary(kind, shared);
  const { models } = copy;
  const library = await Library.open(copy.path, { models, mediaDir: copy.media, indexRows });
  const log = { error: ({ err }: { err: unknown }) => console.error(err) };
  const jobs = EmbeddingJobs.open({ folder: await library.state.writable(), log, begunBy: 'serve' });
  const publicText = new PublicText(library, models);
  const audit: AuditEntry[] = [];
  const contextOf = (caller: Caller): SchemaContext => {
    const mutations = new MutationAudit((entry) => audit.push(entry));
    return { caller, mutations, library, models, jobs, publicText, loaders: new Loaders() };
  };
  return {
    copy,
    library,
    jobs,
    audit,
    async ask(source, variables = {}, caller = { name: 'test', scope: 'admin', address: null }) {
      const contextValue = contextOf(caller);
      const result = await graphql({ schema, source, variableValues: variables, contextValue });
      return JSON.parse(JSON.stringify(result));
    },
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]();
      await copy[Symbol.asyncDispose]();
    },
  };
}

/** The global id of the one dataset that each library has. */
export async function datasetId(api: TestApi): Promise<string> {
  const { data } = await api.ask<{ dataset: { id: string } }>('{ dataset(by: { folder: "health_images" }) { id } }');
  return data.dataset.id;
}
