import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPlugins } from '../src/plugins/load-plugins.ts';
import { makeVitModel, VIT_MODEL, VIT_PLUGINS } from './vit-model.ts';

/** What bench/embed.ts measures: a plugin with a model, and the engine that it stands on. */
export interface Subject extends AsyncDisposable {
  readonly model: string;
  /** What Viewfinder's side is told, as JSON. */
  readonly space: {
    readonly embeddingFunction: string;
    readonly options: Readonly<Record<string, unknown>>;
    /** Paths of plugins that are not built in. */
    readonly plugins: readonly string[];
    readonly modelFolder: string;
    /** Whether pictures are prepared for a CLIP, which can be measured without the model. */
    readonly preparesForClip: boolean;
  };
  /** The bare side: a script of this folder, and its arguments. */
  bare(pictures: string): readonly [script: string, ...args: string[]];
  /** Whether inference takes none of this machine's cores: then the ideal is never faster than the bare side. */
  readonly elsewhere: boolean;
}

export interface SubjectOptions {
  readonly batch: number;
  readonly threads: number;
  /** Milliseconds that a server has for a picture. */
  readonly serverMs: number;
}

const SERVERS = ['openai-compatible', 'pixano-inference'];

/** @throws RangeError where `plugin` is neither a built-in one nor a path */
export async function subjectOf(plugin: string, options: SubjectOptions): Promise<Subject> {
  if (VIT_PLUGINS.includes(plugin)) return onnx(plugin, options);
  if (SERVERS.includes(plugin)) return server(plugin, options);
  if (/[/\\]/.test(plugin)) return anyPlugin(resolve(plugin), options);
  throw new RangeError(`--plugin is one of ${[...VIT_PLUGINS, ...SERVERS].join(', ')}, or the path of a plugin`);
}

async function onnx(plugin: string, { batch, threads }: SubjectOptions): Promise<Subject> {
  const modelFolder = join(tmpdir(), 'viewfinder-bench-models');
  await mkdir(modelFolder, { recursive: true });
  const { graph, embeddingFunction, options } = await makeVitModel(modelFolder, plugin);
  return {
    model: VIT_MODEL,
    space: {
      embeddingFunction,
      options: { ...options, batch_size: batch },
      plugins: [],
      modelFolder,
      preparesForClip: true,
    },
    bare: (pictures) => ['embed-bare.ts', graph, pictures, String(batch), String(threads)],
    elsewhere: false,
    async [Symbol.asyncDispose]() {},
  };
}

async function server(plugin: string, { batch, serverMs }: SubjectOptions): Promise<Subject> {
  const child = fork(fileURLToPath(new URL('./embed-server.ts', import.meta.url)), [String(serverMs)]);
  const [url] = await once(child, 'message');
  const size = plugin === 'openai-compatible' ? { image_batch_size: batch } : { batch_size: batch };
  const options = { name: 'bench', base_url: url, ...size };
  return {
    model: `a server with ${serverMs} ms for a picture`,
    space: { embeddingFunction: plugin, options, plugins: [], modelFolder: '', preparesForClip: false },
    bare: (pictures) => ['embed-bare-server.ts', plugin, url, pictures, String(batch)],
    elsewhere: true,
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function anyPlugin(path: string, { batch, threads }: SubjectOptions): Promise<Subject> {
  const plugin = (await loadPlugins([path], dirname(path))).at(-1)?.plugin;
  const [embeddingFunction = ''] = plugin?.functions ?? [];
  return {
    model: embeddingFunction,
    space: { embeddingFunction, options: {}, plugins: [path], modelFolder: '', preparesForClip: false },
    bare: (pictures) => ['embed-bare-plugin.ts', path, pictures, String(batch), String(threads)],
    elsewhere: false,
    async [Symbol.asyncDispose]() {},
  };
}
