import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Turns } from '../core/turns.ts';

interface Connection {
  readonly turns: Turns;
  readonly closed: AbortController;
}

const connections = new WeakMap<Socket, Connection>();

/**
 * Waits until all requests that came before on the same connection are answered, and their answers taken. A client may
 * send many before it reads (RFC 9112, 9.3.2), and Node would begin them all at once, and keep what they are answered.
 * @returns false where the connection is gone, and with it whoever asked
 */
export async function inTurn({ socket }: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { turns, closed } = connections.get(socket) ?? connectionOf(socket);
  const turn = await turns.take(closed).catch(() => null);
  if (turn === null) return false;
  if (socket.destroyed) {
    turn[Symbol.dispose]();
    return false;
  }
  response.once('close', () => turn[Symbol.dispose]());
  return true;
}

function connectionOf(socket: Socket): Connection {
  const connection = { turns: new Turns(1), closed: new AbortController() };
  // As many as requests come in one packet.
  setMaxListeners(0, connection.closed.signal);
  socket.once('close', () => connection.closed.abort());
  connections.set(socket, connection);
  return connection;
}
