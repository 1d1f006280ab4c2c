import { readFile } from 'node:fs/promises';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { parse, print } from 'graphql';

/** GraphiQL with all of its code inlined, so that it works offline, opening with the tutorial. */
export async function graphiql() {
  const tabs = await tutorialTabs();
  return {
    renderGraphiQL: (options?: object) => renderGraphiQL({ ...options, title: 'Viewfinder', defaultTabs: tabs }),
    // Its first tab is the tutorial's, and not Yoga's welcome.
    graphiql: { title: 'Viewfinder', defaultQuery: tabs[0]?.query ?? '' },
  };
}

/** One tab for each operation of the tutorial, with the variables that its comment gives. */
async function tutorialTabs(): Promise<{ query: string; variables: string }[]> {
  const source = await readFile(new URL('./tutorial.graphql', import.meta.url), 'utf8');
  const sections = source.split(/^(?=# \d+\.)/m).filter((section) => section.startsWith('# '));
  return sections.map((section) => {
    const variables = /^# variables: (.*)$/m.exec(section)?.[1] ?? '{}';
    const comment = section
      .split('\n')
      .filter((line) => line.startsWith('#') && !line.startsWith('# variables:'))
      .join('\n');
    return {
      query: `${comment}\n${print(parse(section))}\n`,
      variables: JSON.stringify(JSON.parse(variables), null, 2),
    };
  });
}
