import { runInNewContext } from 'node:vm';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Library } from '../../src/core/library.ts';
import { schema } from '../../src/schema/index.ts';
import { graphiqlRenderer } from '../../src/server/graphiql.ts';
import { startServer, type TestServer } from './running-server.ts';

let server: TestServer;
let page: Response;
let html: string;

beforeAll(async () => {
  server = await startServer();
  page = await fetch(server.url, { headers: { accept: 'text/html' } });
  html = await page.text();
});
afterAll(() => server[Symbol.asyncDispose]());

/** The tabs with which the page opens. */
async function tabs(): Promise<{ query: string; variables: string }[]> {
  const library = await Library.open(server.copy.path, { models: server.copy.models });
  const render = await graphiqlRenderer(library, { open: true });
  const rendered = await render();
  const [, json = ''] = /"defaultTabs":(\[.*\])\},?\s*\);\s*<\/script>/s.exec(rendered) ?? [];
  expect(html.includes(json)).toBe(true);
  return JSON.parse(json);
}

test('a browser gets GraphiQL at the address of the API', () => {
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('x-frame-options')).toBe('DENY');
  expect(/<title>(.*)<\/title>/.exec(html)?.[1]).toBe('Viewfinder');
});

test('the page may run its own script and no other, and speak to the service alone', async () => {
  const policyOf = ({ headers }: Response) => headers.get('content-security-policy') ?? '';
  const [, nonce = ''] = /script-src 'nonce-([\w+/]+=*)';/.exec(policyOf(page)) ?? [];
  expect(html.split(`<script nonce="${nonce}">`)).toHaveLength(2);
  expect(policyOf(page)).toContain("default-src 'none';");
  expect(policyOf(page)).toContain("connect-src 'self';");
  expect(policyOf(page)).toContain("frame-ancestors 'none';");
  const again = await fetch(server.url, { headers: { accept: 'text/html' } });
  await again.body?.cancel();
  expect(policyOf(again)).not.toContain(nonce);
});

test('the page loads nothing from elsewhere', () => {
  // All of its code and styles are inlined; addresses in strings of that code are not fetched.
  const markup = html.replaceAll(/<script\b[^>]*>.*?<\/script>|<style>.*?<\/style>/gs, '');
  const references = Array.from(markup.matchAll(/\b(?:src|href|action)\s*=\s*["']?([^"'\s>]{0,20})/gi), ([, to]) => to);
  expect(references).toEqual(['data:image/x-icon;ba']);
  const styles = Array.from(html.matchAll(/<style>.*?<\/style>/gs), ([style]) => style).join('');
  const fetched = /@import[^;]{0,60}|url\(\s*["']?(?!["']?data:)[^)]{0,60}/g;
  expect(Array.from(styles.matchAll(fetched), ([reference]) => reference)).toEqual([]);
  const networks = /[\w.]*(?:unpkg\.com|jsdelivr\.net|cdnjs\.|esm\.sh|googleapis\.com|graphql-hive)/g;
  expect(Array.from(html.matchAll(networks), ([host]) => host)).toEqual([]);
});

test('the page opens with the operations of the tutorial, each in a tab', async () => {
  const names = (await tabs()).map(({ query }) => /^(?:query|mutation|subscription) (\w+)/m.exec(query)?.[1]);
  expect(names).toEqual(['Datasets', 'CreateTable', 'Views', 'Compute', 'Progress', 'SearchItems']);
});

test('every tab says what it is for, fits the schema, and has its variables', async () => {
  for (const { query, variables } of await tabs()) {
    expect(query).toMatch(/^# \d\. /);
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const given = Object.keys(JSON.parse(variables));
    expect(variables).not.toContain('$');
    const asked = document.definitions.flatMap((definition) =>
      definition.kind === 'OperationDefinition' ? (definition.variableDefinitions ?? []) : [],
    );
    expect(given).toEqual(asked.map(({ variable }) => variable.name.value));
  }
});

test('the variables name the first dataset of the library and its embedding table', async () => {
  const variables = (await tabs()).map((tab) => JSON.parse(tab.variables));
  const { id } = (await server.ask<{ dataset: { id: string } }>('{ dataset(by: { folder: "health_images" }) { id } }'))
    .data?.dataset ?? { id: '' };
  expect(variables[3]).toMatchObject({ input: { dataset: id, table: 'emb_open-clip' } });
  expect(variables[5]).toMatchObject({ folder: 'health_images', input: { table: 'emb_open-clip' } });
});

test('tabs that another library left in the browser are forgotten, once', async () => {
  const [, script = ''] = /<script\b[^>]*>(\s*try \{.*?\} catch \{\})/s.exec(html) ?? [];
  const kept = new Map([
    ['graphiql:tabState', 'old'],
    ['graphiql:theme', 'dark'],
  ]);
  const localStorage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  };
  const open = () => runInNewContext(script, { localStorage });
  open();
  expect([...kept.keys()]).toEqual(['graphiql:theme', 'viewfinder:tabs']);
  kept.set('graphiql:tabState', 'new');
  open();
  expect(kept.get('graphiql:tabState')).toBe('new');
  // A browser that keeps nothing shows the page all the same.
  expect(() => runInNewContext(script, {})).not.toThrow();
});

test('the tabs run one after the other, the progress with the id that the computation gave', async () => {
  let job = '';
  for (const { query, variables } of await tabs()) {
    const values = JSON.parse(variables.replace('"id": ""', `"id": "${job}"`));
    if (query.includes('subscription ')) {
      const results = await Array.fromAsync(server.sse().iterate({ query, variables: values }));
      expect(JSON.stringify(results.at(-1))).toContain('"state":"SUCCEEDED"');
    } else {
      const { data, errors } = await server.ask<object>(query, values);
      expect(errors).toBeUndefined();
      expect(JSON.stringify(data)).not.toContain('"code"');
      job = /"job":{"id":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? job;
    }
  }
});
