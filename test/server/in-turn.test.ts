import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn } from '../../src/server/in-turn.ts';

/** A server that notes which requests it has begun, and which it never will. */
async function serving(answer: (request: IncomingMessage) => string | Buffer) {
  const [begun, given]: [string[], string[]] = [[], []];
  const server = createServer(async (request, response) => {
    if (!(await inTurn(request, response))) return void given.push(request.url ?? '');
    begun.push(request.url ?? '');
    await delay(5);
    response.end(answer(request));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    begun,
    given,
    connect: () => connect(port, '127.0.0.1').on('error', () => {}),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

const requests = (count: number) =>
  Array.from({ length: count }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');

test('requests on one connection are answered one after the other', async () => {
  await using server = await serving(({ url }) => `<${url}>`);
  const socket = server.connect();
  socket.write(requests(100));
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes('</99>')) break;
  }
  expect([...text.matchAll(/<\/(\d+)>/g)].map(([, index]) => Number(index))).toEqual(Array.from(Array(100).keys()));
});

test('what nobody reads is not made for more than one of them', async () => {
  await using server = await serving(() => Buffer.alloc(20_000_000));
  const sockets = Array.from({ length: 3 }, () => server.connect().pause());
  for (const socket of sockets) socket.write(requests(50));
  await delay(300);
  expect(server.begun).toEqual(['/0', '/0', '/0']);
  for (const socket of sockets) socket.destroy();
  while (server.given.length < 3 * 49) await delay(10);
  expect(server.begun).toHaveLength(3);
});
