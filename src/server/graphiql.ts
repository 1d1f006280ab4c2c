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

/** Where a token is typed in, in the pane of the headers. */
const HEADERS = '{ "Authorization": "Bearer " }';

export interface GraphiQLOptions {
  /** Whether who opens the page may read the library; else the page names nothing of it, and asks for a token. */
  readonly open: boolean;
  /** What its example searches for. */
  readonly example?: string | undefined;
}

/**
 * Renders GraphiQL with all of its code inlined, so that it works offline, opening with the tutorial, made
 * out for the first dataset of the library.
 */
export async function graphiqlRenderer(
  library: Library,
  { open, example = EXAMPLE }: GraphiQLOptions,
): Promise<() => Promise<string>> {
  const source = await readFile(new URL('./tutorial.graphql', import.meta.url), 'utf8');
  const tutorial = source.split(/^(?=# \d+\.)/m).filter((section) => section.startsWith('# '));
  return async () => {
    // Its code is megabytes, and most services are never looked at in a browser.
    const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
    const values = await placeholders(open ? library : null, example);
    const headers = open ? {} : { headers: HEADERS };
    const options = {
      title: 'Viewfinder',
      // Its first tab is the tutorial's, and not Yoga's welcome.
      defaultQuery: tutorial[0] ?? '',
      // A token stays in the page, unless its user says otherwise in its settings.
      shouldPersistHeaders: false,
      ...(!open && { defaultHeaders: HEADERS }),
      defaultTabs: tutorial.map((section) => ({ ...tabOf(section, values), ...headers })),
    };
    return withoutOldTabs(renderGraphiQL(options), values.dataset ?? '');
  };
}

/** What stands for a `$name` in the variables of the tutorial. */
async function placeholders(library: Library | null, example: string): Promise<Record<string, string>> {
  const [dataset] = (await library?.datasets()) ?? [];
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
