import sharp from 'sharp';
import { expect } from 'vitest';
import { z } from 'zod';
import { isBody, parametersOf } from './golden.ts';
import type { Check, DatasetService, Nodes } from './golden-service.ts';

/** A record of a listing; what an item shows of it is all but when it was made and changed. */
export const record = z.looseObject({ id: z.string() });
export const ownColumns = ({ created_at: _made, updated_at: _changed, ...own }: z.infer<typeof record>) => own;
const listing = z.object({ items: z.array(record), total: z.int() });

interface ItemNode {
  readonly pixanoId: string;
  readonly attributes: Record<string, unknown>;
}

export async function items({ ask }: DatasetService): Promise<Nodes<ItemNode>> {
  return (await ask<{ items: Nodes<ItemNode> }>('items { nodes { pixanoId attributes } totalCount }')).items;
}

interface ViewNode {
  readonly pixanoId: string;
  readonly mediaUrl: string;
  readonly thumbnailUrl: string;
}

async function viewNamed({ ask }: DatasetService, id: string): Promise<ViewNode | undefined> {
  const fields = 'views { nodes { pixanoId mediaUrl thumbnailUrl(size: PX_256) } }';
  return (await ask<{ views: Nodes<ViewNode> }>(fields)).views.nodes.find(({ pixanoId }) => pixanoId === id);
}

const image = z.object({ id: z.string(), record_id: z.string(), width: z.int(), height: z.int(), format: z.string() });
const asView = ({ id, record_id, ...shape }: z.infer<typeof image>) => {
  return { pixanoId: id, item: { pixanoId: record_id }, ...shape };
};
const VIEW = 'pixanoId width height format item { pixanoId }';

export const records: Readonly<Record<string, Check>> = {
  // Pixano orders them by id.
  records: async ({ json }, service) => {
    const { items: recorded, total } = listing.parse(json);
    const { nodes, totalCount } = await items(service);
    const ours = nodes.map(({ pixanoId, attributes }) => ({ id: pixanoId, ...attributes }));
    expect(ours.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(recorded.map(ownColumns));
    expect(totalCount).toBe(total);
  },
  'records-limit-1001': async (recorded, service) => {
    const error = await service.errorOf(`items(first: ${parametersOf(recorded).get('limit')}) { totalCount }`);
    expect(error).toMatchObject({ message: /between 0 and 500/, extensions: { code: 'INVALID_INPUT' } });
  },
  'records-limit-0': async (_recorded, service) => {
    expect(await service.ask('items(first: 0) { nodes { id } }')).toEqual({ items: { nodes: [] } });
  },
  'records-offset-past-end': async ({ json }, service) => {
    type Page = { items: { nodes: object[]; totalCount: number; pageInfo: { endCursor: string } } };
    const { items: all } = await service.ask<Page>('items { nodes { id } totalCount pageInfo { endCursor } }');
    const { items: none } = await service.ask<Page>(
      `items(after: "${all.pageInfo.endCursor}") { nodes { id } totalCount }`,
    );
    expect({ items: none.nodes, total: none.totalCount }).toEqual(listing.parse(json));
  },
  record: async ({ json }, { ask }) => {
    const { id, ...attributes } = ownColumns(record.parse(json));
    expect(await ask(`item(pixanoId: "${id}") { pixanoId attributes }`)).toEqual({
      item: { pixanoId: id, attributes },
    });
  },
  'record-404': async (_recorded, { ask }) => {
    expect(await ask('item(pixanoId: "nope") { id }')).toEqual({ item: null });
  },
  images: async ({ json }, { ask }) => {
    const { items: recorded, total } = listing.extend({ items: z.array(image) }).parse(json);
    expect(await ask(`views(table: "images", first: 2) { nodes { ${VIEW} } totalCount }`)).toEqual({
      views: { nodes: recorded.map(asView), totalCount: total },
    });
  },
  'images-of-record': async (recorded, { ask }) => {
    const { items: views } = listing.extend({ items: z.array(image) }).parse(recorded.json);
    const id = parametersOf(recorded).get('record_id');
    expect(await ask(`item(pixanoId: "${id}") { views { nodes { ${VIEW} } } }`)).toEqual({
      item: { views: { nodes: views.map(asView) } },
    });
  },
  image: async ({ json }, { ask }) => {
    const expected = asView(image.parse(json));
    const { item } = await ask<{ item: object }>(
      `item(pixanoId: "${expected.item.pixanoId}") { views { nodes { ${VIEW} } } }`,
    );
    expect(item).toEqual({ views: { nodes: [expected] } });
  },
  'image-blob': async (recorded, service) => {
    const view = await viewNamed(service, recorded.request.url.split('/').at(-2) ?? '');
    const response = await service.fetch(view?.mediaUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
    expect(isBody(await response.bytes(), recorded)).toBe(true);
  },
  'image-preview-256': async (recorded, service) => {
    const view = await viewNamed(service, recorded.request.url.split('/').at(-2) ?? '');
    const response = await service.fetch(view?.thumbnailUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
    const { width, height } = await sharp(await response.bytes()).metadata();
    // The picture is smaller than was asked for, and is not made larger.
    expect([width, height]).toEqual([96, 96]);
  },
  'image-blob-404': async ({ status }, service) => {
    const { views } = await service.ask<{ views: Nodes<ViewNode> }>('views(first: 1) { nodes { pixanoId mediaUrl } }');
    const [view] = views.nodes;
    const url = view?.mediaUrl.replace(view.pixanoId, 'nope');
    expect((await service.fetch(url)).status).toBe(status);
  },
  embeddings: async ({ json }, { ask }) => {
    const shown = z.object({ id: z.string(), record_id: z.string(), view_id: z.string(), shape: z.array(z.int()) });
    for (const { id, record_id, view_id, shape } of listing.extend({ items: z.array(shown) }).parse(json).items) {
      const fields = 'embeddings(table: "embeddings") { nodes { pixanoId shape view { pixanoId } } }';
      expect(await ask(`item(pixanoId: "${record_id}") { ${fields} }`)).toEqual({
        item: { embeddings: { nodes: [{ pixanoId: id, shape, view: { pixanoId: view_id } }] } },
      });
    }
  },
};
