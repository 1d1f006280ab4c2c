/** The least that a server of files in Node does: the measure of bench/thumbnails.ts. Its folder is the argument. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [folder = ''] = process.argv.slice(2);
const server = createServer(async (request, response) => {
  const bytes = await readFile(join(folder, request.url ?? ''));
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': bytes.length }).end(bytes);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`http://127.0.0.1:${address?.port}/`);
});
