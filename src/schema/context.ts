import type { EmbeddingModels } from '../core/embedding-models.ts';
import type { Library } from '../core/library.ts';
import type { EmbeddingJobs } from '../jobs/embedding-jobs.ts';
import type { Caller } from './caller.ts';
import type { Loaders } from './loaders.ts';
import type { MutationAudit } from './mutation-audit.ts';
import type { PublicText } from './public-text.ts';
import type { SearchMetrics } from './search-metrics.ts';

/** What the resolvers of one operation work with. */
export interface SchemaContext {
  /** Who sent the operation. */
  readonly caller: Caller;
  readonly mutations: MutationAudit;
  /** Makes of the path of a medium an address that needs no token; left out where nobody needs one. */
  readonly signMedia?: ((path: string) => string) | undefined;
  readonly library: Library;
  readonly models: EmbeddingModels;
  readonly jobs: EmbeddingJobs;
  /** Every message that says what is wrong goes through it. */
  readonly publicText: PublicText;
  /** Of this operation alone, so that nothing is remembered from one to the next. */
  readonly loaders: Loaders;
  /** Aborts when the client has gone, or the operation took too long, where that is known. */
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the largest file that a query may bring. */
  readonly largestUpload?: number | undefined;
  /** Nodes of the largest page, where that is not `LARGEST_PAGE`. */
  readonly largestPage?: number | undefined;
  /** Milliseconds that one call of LanceDB's may take. */
  readonly timeoutMs?: number | undefined;
  /** Told of what is done, where somebody counts. */
  readonly metrics?: SearchMetrics | undefined;
}
