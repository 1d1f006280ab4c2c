import { GraphQLError, NoFragmentCyclesRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type DocumentShape, shapeOf } from './document-shape.ts';
import type { Limits } from './limits.ts';
import { badRequest, beyondLimit } from './refusal.ts';

/** Characters that a document may have for each of its tokens: to say what a long name might have meant takes its time. */
const CHARACTERS = 25;

const SHAPE_LIMITS: readonly { readonly of: keyof DocumentShape; readonly what: string; readonly todo: string }[] = [
  { of: 'depth', what: 'levels of fields', todo: 'ask for what lies deeper in an operation of its own, by its id' },
  { of: 'breadth', what: 'fields, its fragments spread', todo: 'ask for fewer fields, or in several operations' },
  {
    of: 'aliases',
    what: 'aliases, its fragments spread',
    todo: 'ask in several operations, or by lists such as "nodes"',
  },
];

/**
 * Refuses documents that are too long, or stand for too much, before GraphQL's own rules compare their fields with
 * each other: these take a time that grows with the square of the fields, and fragments multiply them.
 */
export function documentLimits(limits: Limits): Plugin {
  return {
    onParse({ parseFn, setParseFn }) {
      setParseFn((source, options) => {
        checkLength(source.toString().length, limits);
        try {
          return parseFn(source, { ...options, maxTokens: limits.tokens });
        } catch (error) {
          if (!isOfTokens(error, limits)) throw asUnparsed(error);
          const message = `A document may have ${limits.tokens} tokens (words and signs), and this one has more`;
          throw beyondLimit('tokens', `${message}: ask for less, or send only the operation that is to run`);
        }
      });
    },
    onValidate({ params: { schema, documentAST }, setResult }) {
      const shape = shapeOf(documentAST);
      // Of a fragment that spreads itself the other rules would make no end.
      if (shape === null) return setResult([...validate(schema, documentAST, [NoFragmentCyclesRule])]);
      const beyond = SHAPE_LIMITS.filter(({ of }) => shape[of] > limits[of]).map(({ of, what, todo }) =>
        beyondLimit(
          of,
          `The operation has ${count(shape[of])} ${what}, and at most ${limits[of]} are allowed: ${todo}`,
        ),
      );
      if (beyond.length > 0) setResult(beyond);
    },
  };
}

/** What is counted may be more than there are numbers for. */
function count(number: number): string {
  return number < 1e9 ? String(number) : 'more than a billion';
}

/** @throws GraphQLError */
function checkLength(characters: number, { tokens }: Limits): void {
  const most = tokens * CHARACTERS;
  if (characters <= most) return;
  const message = `A document may have ${most} characters (${CHARACTERS} for each of its tokens), and not ${characters}`;
  throw beyondLimit('tokens', `${message}: give long texts and lists as variables`);
}

/**
 * By itself Yoga gives it its code over HTTP alone, and after the log has had it. The parser goes down into lists call
 * by call: within the tokens that a document may have it can run out of stack.
 */
function asUnparsed(error: unknown): unknown {
  const code = 'GRAPHQL_PARSE_FAILED';
  if (error instanceof RangeError) return badRequest('The document is nested too deeply to be parsed.', { code });
  if (error instanceof GraphQLError) error.extensions.code = code;
  return error;
}

function isOfTokens(error: unknown, { tokens }: Limits): boolean {
  return error instanceof GraphQLError && error.message.includes(`more that ${tokens} tokens`);
}
