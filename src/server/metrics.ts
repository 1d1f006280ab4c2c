import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SearchFigures, SearchMetrics } from '../schema/search-metrics.ts';
import type { ThumbnailSource } from './thumbnails.ts';
import type { Operation, OperationWatcher } from './watch-operations.ts';

/** Seconds: from what is answered from memory to what waits for a model to be loaded. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export type MediumKind = 'media' | 'thumbnail' | 'preview';

/** What one service has done since it began, for Prometheus; each service has a registry of its own. */
export class Metrics implements SearchMetrics, OperationWatcher {
  readonly registry = new Registry();
  readonly #searches = new Counter({
    name: 'viewfinder_searches_total',
    help: 'Searches that were answered, by index ("exact" or its type), its probes and its refine factor.',
    labelNames: ['index', 'nprobes', 'refine'] as const,
    registers: [this.registry],
  });
  readonly #candidates = new Counter({
    name: 'viewfinder_search_candidates_total',
    help: 'Vectors that searches have compared with their queries.',
    labelNames: ['index'] as const,
    registers: [this.registry],
  });
  readonly #searchSteps = new Histogram({
    name: 'viewfinder_search_step_duration_seconds',
    help: 'Time of each step of a search: embed, search, fetch; `index` is "exact" or the type of the index.',
    labelNames: ['step', 'index'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #operations = new Histogram({
    name: 'viewfinder_graphql_operation_duration_seconds',
    help: 'Time of queries and mutations, from the document to its answer, by type and outcome (ok, error, refused).',
    labelNames: ['type', 'outcome'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #subscriptions = new Counter({
    name: 'viewfinder_graphql_subscriptions_total',
    help: 'Subscriptions that were asked for, by outcome.',
    labelNames: ['outcome'] as const,
    registers: [this.registry],
  });
  readonly #open = new Gauge({
    name: 'viewfinder_graphql_subscriptions_open',
    help: 'Subscriptions that have begun and not ended.',
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: 'viewfinder_http_requests_total',
    help: 'Requests that were let in, by what they were for (graphql, media, thumbnail, preview, other) and HTTP status.',
    labelNames: ['for', 'status'] as const,
    registers: [this.registry],
  });
  readonly #media = new Histogram({
    name: 'viewfinder_media_request_duration_seconds',
    help: 'Time of requests for media, thumbnails and previews, by kind and HTTP status (499: the client was gone).',
    labelNames: ['kind', 'status'] as const,
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #thumbnails = new Counter({
    name: 'viewfinder_thumbnails_total',
    help: 'Thumbnails by where they were had from: memory, disk, or made.',
    labelNames: ['source'] as const,
    registers: [this.registry],
  });

  searched({ index: used, candidates, embedMs, searchMs, fetchMs }: SearchFigures): void {
    const index = used?.type ?? 'exact';
    this.#searches.inc({ index, nprobes: used?.nprobes ?? '', refine: used?.refineFactor ?? '' });
    this.#candidates.inc({ index }, candidates);
    this.#searchSteps.observe({ step: 'embed', index }, embedMs / 1000);
    this.#searchSteps.observe({ step: 'search', index }, searchMs / 1000);
    this.#searchSteps.observe({ step: 'fetch', index }, fetchMs / 1000);
  }

  began(_subscription: Operation): void {
    this.#subscriptions.inc({ outcome: 'ok' });
    this.#open.inc();
  }

  ended({ type, outcome, ms, begun }: Operation): void {
    if (begun) this.#open.dec();
    else if (type === 'subscription') this.#subscriptions.inc({ outcome });
    else this.#operations.observe({ type, outcome }, ms / 1000);
  }

  /** Counts a request once its answer has ended. */
  requested(what: MediumKind | 'graphql' | 'other', response: ServerResponse): void {
    response.once('close', () => this.#requests.inc({ for: what, status: statusOf(response) }));
  }

  /** Counts the answer to a request for a medium once it has ended. */
  follow(kind: MediumKind, response: ServerResponse): void {
    const started = performance.now();
    response.once('close', () => {
      this.#media.observe({ kind, status: statusOf(response) }, (performance.now() - started) / 1000);
    });
  }

  thumbnailHad(source: ThumbnailSource): void {
    this.#thumbnails.inc({ source });
  }

  /** Answers in Prometheus' text format. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const text = await this.registry.metrics();
    response.writeHead(200, { 'content-type': this.registry.contentType, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : text);
  }
}

/** 499: the client was gone before the end of its answer. */
function statusOf(response: ServerResponse): number {
  return response.writableFinished ? response.statusCode : 499;
}
