import { afterAll, beforeAll, describe } from 'vitest';
import { startServer } from '../server/running-server.ts';
import { goldenExchanges } from './golden.ts';
import { datasets } from './golden-items-dataset.ts';
import { media } from './golden-items-media.ts';
import { pages } from './golden-items-pages.ts';
import { searches } from './golden-items-search.ts';
import { DatasetService, testExchanges } from './golden-service.ts';

describe('what Pixano 0.6.12 answers over REST is answered here over GraphQL', async () => {
  const PATH = 'items/rest.json';
  let service: DatasetService;
  beforeAll(async () => {
    service = new DatasetService(await startServer('items'));
  });
  afterAll(() => service.server[Symbol.asyncDispose]());

  const checks = { ...pages, ...searches, ...datasets, ...media };
  testExchanges(PATH, await goldenExchanges(PATH), checks, () => service);
});
