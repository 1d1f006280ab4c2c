import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type SchemaTypes } from '@pothos/core';
import type { GraphQLFieldResolver } from 'graphql';
import type { EmbeddingJob } from '../jobs/embedding-job.ts';
import type { SchemaContext } from './context.ts';
import { idOrNull } from './global-id.ts';
import { demand, mutationOf, scopeOf } from './mutation-scopes.ts';

/** Characters of a name in the log; a caller may give whole books. */
const LONGEST = 100;

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      mutations: MutationPlugin<Types>;
    }
  }
}

/** Lets nobody call a mutation without the scope that it needs, says in its description which, and audits each call. */
export class MutationPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(field: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    if (field.kind !== 'Mutation') return field;
    const scope = scopeOf(mutationOf(field.name));
    return { ...field, description: `${field.description ?? ''} Needs the scope \`${scope}\`.` };
  }

  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (field.kind !== 'Mutation') return resolve;
    const mutation = mutationOf(field.name);
    return async (root, args, anyContext, info) => {
      // The builder's own context, which Pothos does not tell its plugins.
      const context = anyContext as SchemaContext;
      const { name: who, address } = context.caller;
      const operation = info.operation.name?.value.slice(0, LONGEST) ?? null;
      const entry = { operation, mutation, who, address, ...subjectOf(args, context) };
      let [result, error]: unknown[] = [];
      try {
        demand(context.caller, mutation);
        result = await resolve(root, args, anyContext, info);
        return result;
      } catch (cause) {
        error = cause;
        throw cause;
      } finally {
        context.mutations.ended({ ...entry, job: entry.job ?? jobIn(result) }, [info.path.key], error);
      }
    };
  }
}

SchemaBuilder.registerPlugin('mutations', MutationPlugin);

/** What a mutation is about, as far as its arguments say. */
function subjectOf(args: object, { jobs }: SchemaContext) {
  const input = 'input' in args && typeof args.input === 'object' ? args.input : {};
  const given: Readonly<Record<string, unknown>> = { ...args, ...input };
  const jobId = typeof given.id === 'string' ? idOrNull('EmbeddingJob', given.id) : null;
  const job = jobId === null ? null : jobs.get(jobId);
  const dataset = typeof given.dataset === 'string' ? idOrNull('Dataset', given.dataset) : null;
  const table = given.table ?? given.name;
  return {
    dataset: dataset?.slice(0, LONGEST) ?? job?.dataset ?? null,
    table: typeof table === 'string' ? table.slice(0, LONGEST) : (job?.table ?? null),
    job: jobId?.slice(0, LONGEST) ?? null,
  };
}

/** Id of the job that a mutation has begun; null where its result has none. */
function jobIn(result: unknown): string | null {
  const { job } = Object(result) as { readonly job?: Partial<EmbeddingJob> };
  return job?.id ?? null;
}
