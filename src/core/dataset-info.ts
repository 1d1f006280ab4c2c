import { join } from 'node:path';
import { z } from 'zod';
import { DatasetUnreadableError } from './errors.ts';
import { readJson } from './json-file.ts';

const datasetInfo = z.looseObject({
  id: z.string().min(1),
  name: z.string().min(1),
  description: z.string().default(''),
});

/** What `info.json` says of a dataset, in both layouts. */
export type DatasetInfo = z.infer<typeof datasetInfo>;

export async function readDatasetInfo(folder: string): Promise<DatasetInfo> {
  const info = await readJson(join(folder, 'info.json'), datasetInfo, 'INFO_INVALID');
  if (info !== null) return info;
  throw new DatasetUnreadableError('INFO_MISSING', `${folder} has no info.json, so it is not a Pixano dataset.`);
}
