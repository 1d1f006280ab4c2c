import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Choices } from './choices.ts';
import { type OperationContext, scalarOf } from './random-scalar.ts';
import type { KnownDataset } from './world.ts';

export interface RandomOperation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The dataset that it asks about, of whose answer no other dataset's data may be a part; null where it asks of all. */
  readonly about: KnownDataset | null;
}

/** Levels of the selection: all lists of all types lie within. */
const DEEPEST = 7;
/** Fields of one operation. */
const MOST_FIELDS = 40;

/** Root fields that lead to one dataset by their arguments, and to no other. */
const OF_ONE_DATASET = [
  'dataset',
  'node',
  'nodes',
  'createEmbeddingTable',
  'computeViewEmbeddings',
  'dropEmbeddingTable',
];

/** One operation as the schema permits it, with arguments that are now as a client's, now as an attacker's. */
export function randomOperation(
  schema: GraphQLSchema,
  datasets: readonly KnownDataset[],
  jobs: readonly string[],
  choices: Choices,
): RandomOperation {
  const kind = choices.of(['query', 'query', 'query', 'query', 'query', 'mutation', 'subscription'] as const);
  const dataset = choices.of(datasets);
  const writer = new OperationWriter(schema, { dataset, datasets, jobs, kind }, choices);
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[kind];
  if (root == null) throw new Error(`The schema has no ${kind}.`);
  const fields = Object.values(root.getFields());
  const dataset_ = fields.find(({ name }) => name === 'dataset');
  const field = dataset_ !== undefined && choices.below(3) > 0 ? dataset_ : choices.of(fields);
  const selection = writer.field(field, 0);
  const declared = writer.declarations.length === 0 ? '' : `(${writer.declarations.join(', ')})`;
  return {
    kind,
    query: `${kind} ${declared} { ${selection} }`,
    variables: writer.variables,
    about: OF_ONE_DATASET.includes(field.name) && !writer.strayed ? dataset : null,
  };
}

class OperationWriter {
  readonly declarations: string[] = [];
  readonly variables: Record<string, unknown> = {};
  /** Whether an argument of the root field itself leads to another dataset. */
  strayed = false;
  readonly #schema: GraphQLSchema;
  readonly #context: OperationContext;
  readonly #choices: Choices;
  #fields = 0;

  constructor(schema: GraphQLSchema, context: OperationContext, choices: Choices) {
    this.#schema = schema;
    this.#context = context;
    this.#choices = choices;
  }

  field(field: GraphQLField<unknown, unknown>, depth: number): string {
    this.#fields += 1;
    const alias = this.#choices.rarely(12) ? `a${this.#fields}: ` : '';
    const args = field.args.filter((arg) => isNonNullType(arg.type) || this.#choices.below(2) === 1);
    const given = args.map((arg) => this.#argument(arg, depth));
    const directive = this.#choices.rarely(40) ? ` @include(if: ${this.#choices.below(4) > 0})` : '';
    return `${alias}${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''}${directive}${this.#selection(field.type, depth + 1)}`;
  }

  #selection(type: GraphQLOutputType, depth: number): string {
    const named: GraphQLNamedType = getNamedType(type);
    if (isAbstractType(named)) {
      const possible = this.#schema.getPossibleTypes(named);
      const parts = [...possible]
        .filter(() => this.#fields < MOST_FIELDS && this.#choices.below(3) > 0)
        .map((each) => `... on ${each.name} ${this.#selection(each, depth)}`);
      const error = this.#schema.getType('Error');
      const message =
        possible.some(({ name }) => name.endsWith('Error')) && error != null ? '... on Error { code message }' : '';
      return ` { __typename ${message} ${parts.join(' ')} }`;
    }
    if (!isObjectType(named)) return '';
    const all = Object.values(named.getFields());
    const leaves = all.filter((each) => !hasFields(each.type));
    const inner = all.filter((each) => hasFields(each.type));
    const chosen = leaves.filter(() => this.#choices.below(2) === 1).map((each) => this.field(each, depth));
    for (let more = 1 + this.#choices.below(2); more > 0 && inner.length > 0; more--) {
      if (depth >= DEEPEST || this.#fields >= MOST_FIELDS) break;
      chosen.push(this.field(this.#choices.of(inner), depth).replace(/^(?!a\d+:)/, `b${this.#fields}: `));
    }
    return ` { ${['__typename', ...new Set(chosen)].join(' ')} }`;
  }

  #argument(arg: GraphQLArgument, depth: number): string {
    const value = this.#value(arg, arg.type, depth, 0);
    // The same values come as literals and as variables, which are checked by other code.
    if (this.#choices.below(2) === 0) return `${arg.name}: ${literal(value, arg.type)}`;
    const name = `v${this.declarations.length}`;
    this.declarations.push(`$${name}: ${arg.type}`);
    this.variables[name] = value;
    return `${arg.name}: $${name}`;
  }

  #value(owner: GraphQLArgument | GraphQLInputField, type: GraphQLInputType, depth: number, level: number): unknown {
    const choices = this.#choices;
    if (isNonNullType(type)) return this.#value(owner, type.ofType, depth, level);
    if (isListType(type)) {
      // Within a filter there are lists of lists, which together would be more than any request may be.
      const count = isInputObjectType(getNamedType(type)) || !choices.rarely(30) ? choices.below(4) : 600;
      return Array.from({ length: level > 9 ? 0 : count }, () => this.#value(owner, type.ofType, depth, level + 1));
    }
    if (isEnumType(type)) return choices.of(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const ending = fields.filter((each) => level < 8 || getNamedType(each.type) !== type);
      const chosen = type.isOneOf && !choices.rarely(40) ? [choices.of(ending)] : ending;
      const given = chosen.filter((each) => type.isOneOf || isNonNullType(each.type) || choices.below(3) > 0);
      return Object.fromEntries(given.map((each) => [each.name, this.#value(each, each.type, depth, level + 1)]));
    }
    const { value, strays } = scalarOf(owner.name, getNamedType(type).name, this.#context, choices);
    if (depth === 0 && strays) this.strayed = true;
    return value;
  }
}

function hasFields(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return isObjectType(named) || isAbstractType(named);
}

function literal(value: unknown, type: GraphQLInputType): string {
  if (value === null || value === undefined) return 'null';
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (Array.isArray(value))
    return `[${value.map((each) => literal(each, isListType(type) ? type.ofType : type)).join(', ')}]`;
  if (isEnumType(type)) return String(value);
  if (typeof value === 'object') {
    const fields = isInputObjectType(type) ? type.getFields() : {};
    const entries = Object.entries(value).filter(([name]) => /^[_a-z]\w*$/i.test(name));
    return `{ ${entries.map(([name, each]) => `${name}: ${literal(each, fields[name]?.type ?? type)}`).join(', ')} }`;
  }
  return JSON.stringify(value);
}
