import { readFile } from 'node:fs/promises';
import { parse, print } from 'graphql';
import type { Library } from '../core/library.ts';
import { encodeGlobalId } from '../schema/global-id.ts';

/** What to search for in an example; the tutorial's own unless the library is of other pictures. */
const EXAMPLE = 'microscope picture of red cells';

interface Tab {
  readonly query: string;
  readonly variables: string;
}

/**
 * GraphiQL with all of its code inlined, so that it works offline, opening with the tutorial, made
 * out for the first dataset of the library.
 */
export async function graphiql(library: Library, example = EXAMPLE) {
  const source = await readFile(new URL('./tutorial.graphql', import.meta.url), 'utf8');
  const tutorial = source.split(/^(?=# \d+\.)/m).filter((section) => section.startsWith('# '));
  return {
    renderGraphiQL: async (options?: object) => {
      // Its code is megabytes, and most services are never looked at in a browser.
      const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
      const values = await placeholders(library, example);
      const defaultTabs = tutorial.map((section) => tabOf(section, values));
      return withoutOldTabs(renderGraphiQL({ ...options, title: 'Viewfinder', defaultTabs }), values.dataset ?? '');
    },
    // Its first tab is the tutorial's, and not Yoga's welcome.
    graphiql: { title: 'Viewfinder', defaultQuery: tutorial[0] ?? '' },
  };
}

/** What stands for a `$name` in the variables of the tutorial. */
async function placeholders(library: Library, example: string): Promise<Record<string, string>> {
  const [dataset] = await library.datasets();
  const [table] = (await dataset?.embeddingTables()) ?? [];
  const { folder = '' } = dataset ?? {};
  const id = dataset === undefined ? '' : encodeGlobalId('Dataset', folder);
  const values = { dataset: id, folder, table: table?.name ?? 'emb_open-clip', text: example };
  // The page holds them within a script, which a name on disk must not end.
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll('<', '')]));
}

/**
 * GraphiQL's tabs stay in the browser, under the address of the service alone: what was left there by another library,
 * or by another program's GraphiQL, would be found here instead of the tutorial.
 * @param dataset that of which the tabs are now
 */
function withoutOldTabs(page: string, dataset: string): string {
  const forget = `
    try {
      if (localStorage.getItem('viewfinder:tabs') !== '${dataset}') {
        for (const name of ['tabState', 'query', 'variables']) localStorage.removeItem('graphiql:' + name);
        localStorage.setItem('viewfinder:tabs', '${dataset}');
      }
    } catch {}
  `;
  return page.replace('<script>', () => `<script>${forget}`);
}

/** One operation of the tutorial, with the variables that its comment gives. */
function tabOf(section: string, values: Readonly<Record<string, string>>): Tab {
  const [, json = '{}'] = /^# variables: (.*)$/m.exec(section) ?? [];
  const variables: unknown = JSON.parse(json, (_key, value) =>
    typeof value === 'string' && value.startsWith('$') ? (values[value.slice(1)] ?? '') : value,
  );
  const comment = section
    .split('\n')
    .filter((line) => line.startsWith('#') && !line.startsWith('# variables:'))
    .join('\n');
  return { query: `${comment}\n${print(parse(section))}\n`, variables: JSON.stringify(variables, null, 2) };
}
