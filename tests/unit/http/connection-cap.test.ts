import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { capConnections } from '../../../src/http/create-server.js';

/** A server for at most three connections that answers when a test lets it. */
async function startCapped() {
  const waiting: ServerResponse[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/slow') waiting.push(response);
    else response.end('done');
  });
  capConnections(server, 3);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    answerAll: () => {
      for (const response of waiting.splice(0)) response.end('done');
    },
    waiting,
    open: async (): Promise<Socket> => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const isClosed = (socket: Socket) => socket.destroyed || socket.readableEnded;

describe('capConnections', () => {
  it('lets a new connection take the place of the one idle for longest', async () => {
    await using capped = await startCapped();
    const [first, second, third] = [await capped.open(), await capped.open(), await capped.open()];
    for (const socket of [first, second, third]) socket.resume();
    const late = await capped.open();
    late.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await text(late)).toContain('done');
    await expect.poll(() => isClosed(first)).toBe(true);
    expect([second, third].map(isClosed)).toEqual([false, false]);
  });

  it('does not take the place of one that is at work', async () => {
    await using capped = await startCapped();
    const busy = await capped.open();
    busy.write('GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await expect.poll(() => capped.waiting.length).toBe(1);
    for (let count = 0; count < 10; count++) (await capped.open()).resume();
    capped.answerAll();
    expect(await text(busy)).toContain('done');
  });

  it('closes new connections while all are at work, and takes them again afterwards', async () => {
    await using capped = await startCapped();
    const busy = [await capped.open(), await capped.open(), await capped.open()];
    for (const socket of busy) {
      socket.resume();
      socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    }
    await expect.poll(() => capped.waiting.length).toBe(3);
    expect(await text(await capped.open())).toBe('');
    capped.answerAll();
    await expect
      .poll(async () => {
        const late = await capped.open();
        late.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
        return await text(late);
      })
      .toContain('done');
  });

  it('counts connections that are gone no more', async () => {
    await using capped = await startCapped();
    for (let count = 0; count < 20; count++) (await capped.open()).destroy();
    for (const socket of [await capped.open(), await capped.open()]) {
      socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      expect(await text(socket)).toContain('done');
    }
  });
});
