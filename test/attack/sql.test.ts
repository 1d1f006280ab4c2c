import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importAll, makeSource, readPicture, type Source } from '../core/import/source.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { startTarget, type Target } from './target.ts';

/** What a table can keep: the well-formed ones, each of which is the caption of one item of the dataset `texts`. */
const CAPTIONS = HOSTILE_TEXTS.filter((text) => text.isWellFormed());

let source: Source;
let target: Target;
let items: { readonly pixanoId: string; readonly attributes: { readonly caption: string } }[];
beforeAll(async () => {
  source = await makeSource();
  const files = CAPTIONS.map((_, index) => `all/${index}.png`);
  await source.pictures(...files);
  await source.metadata('all', ...CAPTIONS.map((caption, index) => ({ image: `${index}.png`, caption, rank: index })));
  target = await startTarget('items');
  await importAll({
    source: source.path,
    library: target.copy.path,
    media: target.copy.media,
    name: 'texts',
    byUri: false,
    readPicture,
  });
  const query = '{ dataset(by: { folder: "texts" }) { items(first: 500) { nodes { pixanoId attributes } } } }';
  const { data } = await target.ask<{ dataset: { items: { nodes: typeof items } } }>(query);
  items = data.dataset.items.nodes;
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
});

const codePoints = (text: string) => Buffer.from(text);

/** What each comparison means, without a database. */
const MEANINGS: Readonly<Record<string, (caption: string, text: string) => boolean>> = {
  eq: (caption, text) => caption === text,
  ne: (caption, text) => caption !== text,
  lt: (caption, text) => Buffer.compare(codePoints(caption), codePoints(text)) < 0,
  gte: (caption, text) => Buffer.compare(codePoints(caption), codePoints(text)) >= 0,
  contains: (caption, text) => caption.includes(text),
  startsWith: (caption, text) => caption.startsWith(text),
};

interface Items {
  readonly dataset: { readonly items: { readonly nodes: typeof items; readonly totalCount: number } };
}

function filtered(filter: object, more = '') {
  const query = `query ($filter: Filter) { dataset(by: { folder: "texts" }) { items(first: 500, filter: $filter ${more}) { totalCount nodes { pixanoId attributes } } } }`;
  return target.ask<Items>(query, { filter });
}

const captions = (nodes: typeof items) => nodes.map(({ attributes }) => attributes.caption).sort();

describe('a text that SQL could take for more than a text', () => {
  test('is one in a table', () => {
    expect(captions(items)).toEqual([...CAPTIONS].sort());
  });

  test.each(Object.keys(MEANINGS))('is one where a filter compares by "%s"', async (operator) => {
    for (const text of CAPTIONS) {
      const { data } = await filtered({ column: { name: 'caption', is: { [operator]: text } } });
      const expected = items.filter(({ attributes }) => MEANINGS[operator]?.(attributes.caption, text));
      expect(captions(data.dataset.items.nodes), text).toEqual(captions(expected));
      expect(data.dataset.items.totalCount).toBe(expected.length);
    }
    await target.expectUnharmed();
  });

  test('is one in a list, and with others around it', async () => {
    const { data } = await filtered({ column: { name: 'caption', is: { in: CAPTIONS } } });
    expect(data.dataset.items.totalCount).toBe(items.length);
    for (const [index, text] of CAPTIONS.entries()) {
      const other = CAPTIONS[(index + 1) % CAPTIONS.length] ?? '';
      const eq = (value: string) => ({ column: { name: 'caption', is: { eq: value } } });
      const { data } = await filtered({ all: [{ any: [eq(text), eq(other)] }, { not: eq(other) }] });
      expect(captions(data.dataset.items.nodes)).toEqual(text === other ? [] : [text]);
    }
    await target.expectUnharmed();
  });

  test('is ordered by as any other', async () => {
    const { data } = await filtered({ all: [] }, ', orderBy: [{ column: "caption", direction: DESC }]');
    const expected = [...CAPTIONS].sort((a, b) => Buffer.compare(codePoints(b), codePoints(a)));
    expect(data.dataset.items.nodes.map(({ attributes }) => attributes.caption)).toEqual(expected);
  });

  test('that is not well-formed is refused in a filter, and finds nothing as an id', async () => {
    const { errors } = await filtered({ column: { name: 'caption', is: { eq: '\ud800' } } });
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  });

  test('names no column, of a filter or of an order', async () => {
    for (const text of [
      ...HOSTILE_TEXTS,
      'caption`',
      "caption' OR '1'='1",
      'caption = caption OR caption',
      'CAPTION',
      'item.caption',
      'length(caption)',
      '*',
    ]) {
      const filter = { column: { name: text, is: { eq: 'x' } } };
      const query = `query ($filter: Filter, $orderBy: [OrderBy!]) { dataset(by: { folder: "texts" }) { items(filter: $filter, orderBy: $orderBy) { totalCount } } }`;
      for (const variables of [{ filter }, { orderBy: [{ column: text }] }]) {
        const { errors } = await target.ask(query, variables);
        expect(errors, text).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
      }
    }
    await target.expectUnharmed();
  });

  test('is no value of a column of numbers or of times', async () => {
    for (const text of [...HOSTILE_TEXTS, '1 OR 1=1', '1; --', '0x10', '1e3', '١']) {
      for (const name of ['rank', 'created_at']) {
        for (const operator of ['eq', 'lt', 'ne']) {
          const { errors } = await filtered({ column: { name, is: { [operator]: text } } });
          expect(errors, `${name} ${operator} ${text}`).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
        }
      }
    }
    await target.expectUnharmed();
  });
});

describe('an id that SQL could take for more', () => {
  test('is the id of nothing', async () => {
    const one = items[0]?.pixanoId ?? '';
    const texts = [
      ...HOSTILE_TEXTS,
      `${one}' OR '1'='1`,
      `${one}'--`,
      `${one}\0`,
      `' OR id = '${one}`,
      `${one}') OR ('1'='1`,
    ];
    const ids = texts.flatMap((text) =>
      [
        'Item:texts/',
        'View:texts/images/',
        'View:health_images/image/',
        'ViewEmbedding:health_images/emb_tiny/',
        'EmbeddingTable:texts/',
      ].map((prefix) => Buffer.from(`${prefix}${text}`).toString('base64url')),
    );
    for (let start = 0; start < ids.length; start += 100) {
      const { data, errors } = await target.ask<{ nodes: unknown[] }>(
        'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
        { ids: ids.slice(start, start + 100) },
      );
      expect(errors).toBeUndefined();
      expect(data.nodes.filter((node) => node !== null)).toEqual([]);
    }
    for (const text of texts) {
      const query = 'query ($id: String!) { dataset(by: { folder: "texts" }) { item(pixanoId: $id) { id } } }';
      expect(await target.ask(query, { id: text })).toEqual({ data: { dataset: { item: null } } });
    }
    await target.expectUnharmed();
  });

  test('is no cursor', async () => {
    const written = (value: unknown) =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
    const by = [['caption', 'ASC']];
    const cursors = [
      ...HOSTILE_TEXTS,
      ...HOSTILE_TEXTS.map(written),
      written('at:1 OR 1=1'),
      written('at:99999999999999999999'),
      written({ by, keys: [{}], id: 'x' }),
      written({ by: [['id` OR 1=1', 'ASC']], keys: ["'"], id: 'x' }),
      written({ by, keys: [], id: 'x' }),
      written({ by, keys: ['x'], id: ['x'] }),
    ];
    for (const after of cursors) {
      const query = `query ($after: String) { dataset(by: { folder: "texts" }) {
        ordered: items(after: $after, orderBy: [{ column: "caption" }]) { totalCount }
        plain: items(after: $after) { totalCount }
        views(after: $after) { totalCount }
      } }`;
      const { errors = [] } = await target.ask(query, { after });
      // The first of them makes the dataset null, which all three are parts of.
      expect(errors, after).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
    }
    const ofAnId = written({ by, keys: ["' OR '1'='1"], id: "' OR '1'='1" });
    const query = `query ($after: String) { dataset(by: { folder: "texts" }) { items(first: 500, after: $after, orderBy: [{ column: "caption" }]) { nodes { attributes } } } }`;
    const { data } = await target.ask<Items>(query, { after: ofAnId });
    const behind = CAPTIONS.filter((caption) => Buffer.compare(codePoints(caption), codePoints("' OR '1'='1")) >= 0);
    // Of the item with this very caption it is the id that decides.
    expect(data.dataset.items.nodes.length).toBeGreaterThanOrEqual(behind.length - 1);
    expect(data.dataset.items.nodes.length).toBeLessThanOrEqual(behind.length);
    await target.expectUnharmed();
  });
});
