import { complexityFromQuery } from '@pothos/plugin-complexity';
import { type DocumentNode, type ExecutionArgs, GraphQLError, getOperationAST, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Limits } from './limits.ts';
import { badRequest, beyondLimit } from './refusal.ts';

/** Levels of the variables' lists and objects: four for each of the eight of a filter, and room around it. */
const DEEPEST = 64;

/** Refuses operations that ask for too much by their variables, or by what their pages multiply to. */
export function operationLimits(limits: Limits): Plugin {
  const check = (args: ExecutionArgs) => beyondVariables(args.variableValues, limits) ?? beyondCost(args, limits);
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const refused = check(args);
      if (refused !== null) setResultAndStopExecution({ errors: [refused] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const refused = check(args);
      if (refused !== null) setResultAndStopExecution({ errors: [refused] });
    },
  };
}

/**
 * Level by level, for GraphQL itself goes down into variables call by call, until it runs out of stack, and takes
 * its time for each value of a list.
 */
function beyondVariables(variables: unknown, limits: Limits): GraphQLError | null {
  let inner = [variables];
  let count = 0;
  for (let level = 0; level <= DEEPEST; level++) {
    const lists = inner.filter(Array.isArray);
    const objects = inner.filter(isObject).map(Object.values);
    // Their lengths first: a path in a multipart request may give a list billions of places that it does not fill.
    for (const { length } of [...lists, ...objects]) count += length;
    if (count > limits.variables) {
      const message = `The variables hold more than ${limits.variables} values: give shorter lists, in several operations`;
      return beyondLimit('variables', message);
    }
    inner = [...lists.flat(), ...objects.flat()];
    if (inner.length === 0) return null;
  }
  const message = `The variables are nested more than ${DEEPEST} levels deep: nest less.`;
  return badRequest(message, { code: 'LIMIT_EXCEEDED' });
}

/** A file is one value. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('arrayBuffer' in value);
}

function beyondCost({ schema, document, variableValues, operationName }: ExecutionArgs, limits: Limits) {
  const cost = costOf(alone(document, operationName), schema, variableValues ?? {});
  if (cost <= limits.cost) return null;
  return beyondLimit(
    'cost',
    `The operation may answer with ${cost} fields, counted as its pages multiply them, and at most ${limits.cost} are ` +
      'allowed: ask for smaller pages, or for pages within pages in operations of their own',
  );
}

/** What is wrong with the variables is said when they are read to execute it. */
function costOf(document: DocumentNode | null, schema: ExecutionArgs['schema'], variables: Record<string, unknown>) {
  if (document === null) return 0;
  try {
    return complexityFromQuery(document, { schema, variables }).complexity;
  } catch (error) {
    if (error instanceof GraphQLError) return 0;
    throw error;
  }
}

/** The operation that is executed, without others of its document. */
function alone(document: DocumentNode, name: string | null | undefined): DocumentNode | null {
  const operation = getOperationAST(document, name);
  if (!operation) return null;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return { ...document, definitions: [operation, ...fragments] };
}
