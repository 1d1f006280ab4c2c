import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** Hugging Face's hub: listings and small files from it, large ones by a redirect to another server. */
export interface FakeHub extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  /** What was asked of the server of large files. */
  readonly askedOfCdn: Asked[];
  /** Makes another commit of a model. @returns the commit */
  publish(repository: string, files: Readonly<Record<string, Uint8Array | string>>): string;
  /** Fails in a way of its own. */
  readonly trouble: {
    /** Bytes of large files after which connections end, once for each that is listed. */
    readonly cuts: number[];
    /** What large files are instead of what is listed. */
    content?: Uint8Array;
    /** Milliseconds between pieces of large files. */
    pauseMs?: number;
    /** Wanted of who asks for anything. */
    token?: string;
    /** What listings name besides. */
    extra?: { readonly rfilename: string; readonly size: number; readonly blobId: string };
    /** How often the hub answers with 503 first. */
    busy?: number;
    /** Large files have another ETag each time, as if they were changed. */
    changing?: boolean;
    noRanges?: boolean;
  };
}

/** Files from so many bytes on are large. */
const LARGE = 10_000;
const PIECE = 16_384;

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void> | void;

export async function startHub(): Promise<FakeHub> {
  const commits = new Map<string, ReadonlyMap<string, Buffer>>();
  const heads = new Map<string, string>();
  const blobs = new Map<string, Buffer>();
  const trouble: FakeHub['trouble'] = { cuts: [] };
  const asked: Asked[] = [];
  const askedOfCdn: Asked[] = [];

  const cdn = await serve(askedOfCdn, async (request, response, path) => {
    const content = trouble.content ?? blobs.get(path.slice(1));
    if (content === undefined) return void response.writeHead(404).end();
    const etag = `"${path.slice(1, 9)}${trouble.changing ? askedOfCdn.length : ''}"`;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const goesOn = range !== null && request.headers['if-range'] === etag && !trouble.noRanges;
    const start = goesOn ? Number(range[1]) : 0;
    const rest = content.subarray(start);
    const contentRange = goesOn ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(goesOn ? 206 : 200, { etag, 'content-length': rest.length, ...contentRange });
    const cut = trouble.cuts.shift();
    for (let at = 0; at < rest.length; at += PIECE) {
      if (cut !== undefined && at >= cut) {
        // What is on its way when a connection ends, the client does not get.
        await delay(300);
        return void response.socket?.end();
      }
      response.write(rest.subarray(at, at + PIECE));
      if (trouble.pauseMs) await delay(trouble.pauseMs);
    }
    response.end();
  });

  const hub = await serve(asked, (request, response, path) => {
    if (trouble.busy) {
      trouble.busy -= 1;
      return void response.writeHead(503, { 'retry-after': '0' }).end();
    }
    if (trouble.token !== undefined && request.headers.authorization !== `Bearer ${trouble.token}`) {
      return void response.writeHead(401).end('Invalid username or password.');
    }
    const listing = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/([^?]+)\?blobs=true$/.exec(path);
    if (listing !== null) {
      const [, repository = '', revision = ''] = listing;
      const sha = revision === 'main' ? heads.get(repository) : revision;
      const files = commits.get(`${repository}@${sha}`);
      if (files === undefined) return void response.writeHead(404).end('{"error":"Repository not found"}');
      const siblings = Array.from(files, ([rfilename, content]) => siblingOf(rfilename, content));
      if (trouble.extra) siblings.push(trouble.extra);
      return void response.writeHead(200).end(JSON.stringify({ id: repository, sha, siblings }));
    }
    const [, repository = '', commit = '', file = ''] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const content = commits.get(`${repository}@${commit}`)?.get(decodeURIComponent(file));
    if (content === undefined) return void response.writeHead(404).end();
    if (content.length < LARGE) return void response.writeHead(200, { etag: `"${git(content)}"` }).end(content);
    blobs.set(sha256(content), content);
    response.writeHead(302, { location: `${addressOf(cdn)}/${sha256(content)}` }).end();
  });

  return {
    url: addressOf(hub),
    asked,
    askedOfCdn,
    trouble,
    publish(repository, files) {
      const contents = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
      const commit = createHash('sha1').update(`${repository}${commits.size}`).digest('hex');
      commits.set(`${repository}@${commit}`, new Map(contents));
      heads.set(repository, commit);
      return commit;
    },
    async [Symbol.asyncDispose]() {
      for (const server of [hub, cdn]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

/** The files of a folder, by their paths in it. */
export async function filesOf(folder: string): Promise<Record<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files = paths.map(
    async (path) => [relative(folder, path).replaceAll('\\', '/'), await readFile(path)] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

async function serve(log: Asked[], handle: Handler): Promise<Server> {
  const server = createServer((request, response) => {
    const { url: path = '', headers } = request;
    log.push({ path, headers });
    void handle(request, response, path);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function siblingOf(rfilename: string, content: Buffer) {
  const blob = { rfilename, size: content.length, blobId: git(content) };
  return content.length < LARGE
    ? blob
    : { ...blob, lfs: { sha256: sha256(content), size: content.length, pointerSize: 130 } };
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function git(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
