import { expect, test } from 'vitest';
import { expectEveryCase } from '../golden.ts';
import type { TestServer } from '../server/running-server.ts';
import type { Exchange } from './golden.ts';

/** A running service, asked over HTTP about its one dataset. */
export class DatasetService {
  readonly server: TestServer;

  constructor(server: TestServer) {
    this.server = server;
  }

  readonly ask = async <Data>(fields: string, variables: object = {}, types = ''): Promise<Data> => {
    const query = `query ${types} { dataset(by: { folder: "health_images" }) { ${fields} } }`;
    const { data, errors } = await this.server.ask<{ dataset: Data }>(query, variables);
    expect(errors).toBeUndefined();
    return data.dataset;
  };

  readonly errorOf = async (fields: string) => {
    const query = `{ dataset(by: { folder: "health_images" }) { ${fields} } }`;
    return (await this.server.ask<unknown>(query)).errors?.[0];
  };

  /** What is served at a path. */
  fetch(path: string | undefined): Promise<Response> {
    return fetch(`${this.server.origin}${path}`);
  }
}

export interface Nodes<Node> {
  readonly nodes: Node[];
  readonly totalCount: number;
}

/** Asks a service for what was recorded of Pixano's. */
export type Check = (recorded: Exchange, service: DatasetService) => Promise<void>;

/** Tests by the names of the exchanges that they are about, which are all but those that README.md names. */
export function testExchanges(
  path: string,
  exchanges: readonly Exchange[],
  checks: Readonly<Record<string, Check>>,
  service: () => DatasetService,
): void {
  test.each(Object.entries(checks))('%s', async (name, check) => {
    const recorded = exchanges.find((each) => each.name === name);
    if (recorded === undefined) throw new Error(`${name} was not recorded.`);
    await check(recorded, service());
  });

  const names = exchanges.map(({ name }) => name);
  test('in every case that has a meaning here', () => expectEveryCase(path, names, Object.keys(checks)));
}

export const noDataset: Check = async (_recorded, { server }) => {
  expect(await server.ask('{ dataset(by: { pixanoId: "nope" }) { id } }')).toEqual({ data: { dataset: null } });
};

/** Pixano's names of the types that items' columns have. */
export const COLUMN_TYPES: Readonly<Record<string, string>> = { str: 'string', datetime: 'timestamp[us]' };
