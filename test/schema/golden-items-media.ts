import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import { goldenExchanges, isBody } from './golden.ts';
import type { Check, DatasetService, Nodes } from './golden-service.ts';

interface ViewNode {
  readonly mediaUrl: string;
  readonly thumbnailUrl: string;
}

const picture = (await goldenExchanges('items/rest.json')).find(({ name }) => name === 'media');

/** The view whose picture was recorded: its bytes are those that were asked for by the name of a file. */
async function osBras(service: DatasetService): Promise<ViewNode> {
  const fields = 'views { nodes { mediaUrl thumbnailUrl(size: PX_128) } }';
  const { views } = await service.ask<{ views: Nodes<ViewNode> }>(fields);
  for (const view of views.nodes) {
    const bytes = await (await service.fetch(view.mediaUrl)).bytes();
    if (picture && isBody(bytes, picture)) return view;
  }
  throw new Error('No picture is like the recorded one.');
}

/** Status of an address that `osBras` has, without its file. */
async function statusWithoutFile(service: DatasetService, address: keyof ViewNode): Promise<number> {
  const view = await osBras(service);
  const file = join(service.server.copy.media, 'health_images/all/os-bras.jpg');
  await rename(file, `${file}.gone`);
  const { status } = await service.fetch(view[address]);
  await rename(`${file}.gone`, file);
  return status;
}

export const media: Readonly<Record<string, Check>> = {
  media: async (recorded, service) => {
    const response = await service.fetch((await osBras(service)).mediaUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
  },
  thumbnail: async (recorded, service) => {
    const response = await service.fetch((await osBras(service)).thumbnailUrl);
    expect([response.status, response.headers.get('content-type')]).toEqual([recorded.status, recorded.content_type]);
    const { width, height } = await sharp(await response.bytes()).metadata();
    expect(Math.max(width, height)).toBeLessThanOrEqual(128);
  },
  'media-404': async ({ status }, service) => expect(await statusWithoutFile(service, 'mediaUrl')).toBe(status),
  'thumbnail-404': async ({ status }, service) => expect(await statusWithoutFile(service, 'thumbnailUrl')).toBe(status),
};
