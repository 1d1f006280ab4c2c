import { ConflictError, type InputIssue, NotFoundError, PluginError, ValidationError } from '../core/errors.ts';
import { builder } from './builder.ts';
import { ForbiddenError } from './forbidden-error.ts';
import { EmbeddingJobRef } from './refs.ts';

interface CodedError {
  readonly code: string;
  readonly message: string;
}

const ErrorInterface = builder.interfaceRef<CodedError>('Error').implement({
  description: 'What went wrong, in a form that a client can act upon.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        'Such as INVALID_INPUT, NOT_FOUND, FORBIDDEN, CONFLICT, JOB_RUNNING, RECALL_TOO_LOW, MODEL_MISSING: it never changes its meaning.',
    }),
    message: t.string({
      description: 'A sentence for a person: what, where, and what to do.',
      resolve: ({ message }, _args, { publicText }) => publicText.of(message),
    }),
  }),
});

const InputIssueRef = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.field({
      type: ['String'],
      description: 'Leads from the root of the input to what is wrong.',
      resolve: (issue) => [...issue.path],
    }),
    message: t.string({
      description: 'A sentence for a person.',
      resolve: ({ message }, _args, { publicText }) => publicText.of(message),
    }),
  }),
});

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The input cannot be right, whatever the state of the library.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [InputIssueRef],
      description: 'All that is wrong with it.',
      resolve: (error) => [...error.issues],
    }),
  }),
});

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'What the input names is not in the library.',
  interfaces: [ErrorInterface],
});

builder.objectType(ConflictError, {
  name: 'ConflictError',
  description: 'The input is right, and the state of the library forbids it.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    job: t.field({
      type: EmbeddingJobRef,
      nullable: true,
      description: 'The job that is in the way, where one is.',
      resolve: (error, _args, { jobs }) => (error.jobId === null ? null : jobs.get(error.jobId)),
    }),
  }),
});

builder.objectType(PluginError, {
  name: 'PluginError',
  description: 'The embedding function, or the model that it names, cannot be used here.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    plugin: t.exposeString('plugin', { description: 'The plugin, or the function that none serves.' }),
    model: t.exposeString('model', { nullable: true, description: 'The model, where it is about one.' }),
  }),
});

const ScopeEnum = builder.enumType('Scope', {
  description: 'What a token lets its holder do.',
  values: {
    READ: { value: 'read', description: 'Queries, subscriptions and media.' },
    COMPUTE: { value: 'compute', description: 'The same, and what makes vectors: tables, jobs and indexes.' },
    ADMIN: { value: 'admin', description: 'The same, and what takes vectors away.' },
  } as const,
});

builder.objectType(ForbiddenError, {
  name: 'ForbiddenError',
  description:
    'The token does not let its holder do this. Where that is so of every mutation of an operation, the operation is ' +
    'refused as a whole instead: HTTP status 403, and an error with the code FORBIDDEN.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    scope: t.field({ type: ScopeEnum, description: 'The least that would do.', resolve: (error) => error.scope }),
  }),
});
