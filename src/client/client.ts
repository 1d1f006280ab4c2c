import { answerOf, dataOf } from './answer.ts';
import { overEventStream } from './event-stream.ts';
import { type FollowOptions, follow, type Placed } from './follow.ts';
import { FollowJobDocument, FollowJobsDocument, type JobEventFragment } from './operations.ts';
import { type Endpoint, type OperationRequest, send } from './request.ts';
import type { TypedDocument } from './typed-document.ts';
import { WebSocketSubscriptions } from './websocket.ts';

export interface ClientOptions extends Endpoint {
  /** Address of the GraphQL service, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  /** The bearer token, where the service asks for one. */
  readonly token?: string | undefined;
  /**
   * How subscriptions travel. `sse`, server-sent events, unless it is given. A browser has six connections to a service
   * of HTTP/1.1, all its tabs together: where more is followed, `websocket` has one for all.
   */
  readonly subscriptions?: 'sse' | 'websocket' | undefined;
}

/** The events of a subscription: what its one field gives. */
type EventOf<Answer> = Answer[keyof Answer];

/** States of which a job does not come back: what is left of it is another job. */
const DONE = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** A Viewfinder service. It holds nothing that would have to be closed. */
export class ViewfinderClient {
  readonly #endpoint: Endpoint;
  readonly #subscribe: (
    request: OperationRequest,
    options: { readonly signal?: AbortSignal | undefined },
  ) => AsyncIterable<unknown>;

  constructor({ url, token, subscriptions = 'sse' }: ClientOptions) {
    const endpoint = { url, token };
    const sockets = new WebSocketSubscriptions(endpoint);
    this.#endpoint = endpoint;
    this.#subscribe = (request, options) =>
      subscriptions === 'sse' ? overEventStream(endpoint, request, options) : sockets.subscribe(request, options);
  }

  /**
   * Carries out a query or a mutation. What a mutation may refuse is part of its answer (`__typename`, `code`); files
   * among the variables are uploaded.
   * @throws OperationError where the service refuses the operation or fails, TransportError where it does not answer; the
   *   signal's reason when it aborted
   */
  async query<Answer, Variables extends object>(
    document: TypedDocument<Answer, Variables>,
    variables: NoInfer<Variables>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Answer> {
    const accept = 'application/graphql-response+json, application/json';
    const response = await send(this.#endpoint, { query: document.toString(), variables }, { accept, signal });
    return answerOf<Answer>(response, signal);
  }

  /**
   * Follows a subscription whose events have a cursor, also through breaks of the connection and starts of the service:
   * each event comes once, and none is left out. Leaving the loop ends it.
   * @throws OperationError where the service refuses it, TransportError where trying again cannot help; the signal's reason
   *   when it aborted
   */
  follow<
    Answer extends Readonly<Record<keyof Answer, Placed>>,
    Variables extends { readonly after?: string | null | undefined },
  >(
    document: TypedDocument<Answer, Variables>,
    variables: NoInfer<Variables>,
    options: FollowOptions = {},
  ): AsyncGenerator<EventOf<Answer>, void> {
    const query = document.toString();
    const open = (after: string | undefined) => {
      const request = { query, variables: after === undefined ? variables : { ...variables, after } };
      return eventsOf<Answer>(this.#subscribe(request, options));
    };
    return follow<EventOf<Answer>>(open, options);
  }

  /** Follows a job until it is done. An INTERRUPTED one is, where the service does not go on with it. */
  async *followJob(id: string, options?: FollowOptions): AsyncGenerator<JobEventFragment, void> {
    for await (const event of this.follow(FollowJobDocument, { id }, options)) {
      yield event;
      if (DONE.includes(event.job.state)) return;
    }
  }

  /** Follows all jobs, or those of one dataset, for ever: those at work as they stand, then each as it goes on. */
  followJobs({
    dataset,
    ...options
  }: FollowOptions & { readonly dataset?: string | undefined } = {}): AsyncGenerator<JobEventFragment, void> {
    return this.follow(FollowJobsDocument, dataset === undefined ? {} : { dataset }, options);
  }
}

export function createClient(options: ClientOptions): ViewfinderClient {
  return new ViewfinderClient(options);
}

async function* eventsOf<Answer extends object>(
  results: AsyncIterable<unknown>,
): AsyncGenerator<EventOf<Answer>, void> {
  for await (const result of results) {
    const data = dataOf<Answer>(result);
    // A subscription has one field.
    for (const name in data) yield data[name];
  }
}
