import { EmbeddingError, type EmbeddingModel, type ModelContext } from '../embedding-plugin.ts';
import { useEnvironmentProxy } from '../environment-proxy.ts';
import { ApiKey } from './api-key.ts';
import type { RemoteKind, RemoteOptions } from './remote-kind.ts';
import { RemoteModel } from './remote-model.ts';
import { chooseServer } from './server-choice.ts';
import { ServerClient } from './server-client.ts';

/** Runs in the model's own process. @throws EmbeddingError */
export async function loadRemoteModel<Options extends RemoteOptions>(
  kind: RemoteKind<Options>,
  options: Options,
  context: ModelContext,
): Promise<EmbeddingModel> {
  const choice = chooseServer(kind, options, context);
  if (!choice.found) throw new EmbeddingError('MODEL_MISSING', 'final', choice.reason);
  useEnvironmentProxy();
  const key = new ApiKey(choice.keyVariable, choice.url);
  const client = new ServerClient({
    url: choice.url,
    key,
    headers: key.header(...kind.keyHeader),
    timeoutMs: options.timeout * 1000,
    retries: options.max_retries,
  });
  return RemoteModel.connect(client, kind.protocol(options), {
    name: options.name,
    dimensions: options.dimensions,
    normalize: options.normalize,
    maxBatch: kind.batch(options),
    maxConcurrency: options.concurrency,
    limits: { side: options.max_image_side, bytes: options.max_image_bytes, pixels: context.maxPixels },
  });
}
