import type { GraphQLSchema } from 'graphql';
import { builder } from './builder.ts';
import './errors.ts';
import './library.ts';
import './dataset.ts';
import './item.ts';
import './view.ts';
import './view-embedding.ts';
import './embedding-table.ts';
import './drop-embedding-table.ts';
import './create-vector-index.ts';
import './embedding-plugin.ts';
import './embedding-job.ts';
import './embedding-jobs.ts';
import './compute-view-embeddings.ts';
import './cancel-embedding-job.ts';
import './retry-embedding-job.ts';
import './job-progress.ts';
import './search.ts';

/** The whole API, as clients see it. */
export const schema: GraphQLSchema = builder.toSchema();
