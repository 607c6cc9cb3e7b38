import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Bounds the connections of a server. A new one beyond the limit takes the place of the one that has been idle for
 * longest, so that whoever opens connections and leaves them lying keeps nobody else out; only when all are at work is
 * the new one closed.
 */
export function capConnections(server: Server, maxConnections: number): void {
  const open = new Map<string, Socket>();
  /** In the order in which they became idle. */
  const idle = new Set<string>();

  const makeRoom = (): boolean => {
    if (open.size < maxConnections) return true;
    const longest = idle.keys().next();
    if (longest.done === true) return false;
    open.get(longest.value)?.destroy();
    open.delete(longest.value);
    idle.delete(longest.value);
    return true;
  };

  server.on('connection', (socket: Socket) => {
    if (!makeRoom()) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    open.set(key, socket);
    idle.add(key);
    socket.once('close', () => {
      if (open.get(key) !== socket) return;
      open.delete(key);
      idle.delete(key);
    });
  });
  // What was handed on is neither idle nor answered.
  server.on('upgrade', ({ socket }: IncomingMessage) => void idle.delete(keyOf(socket)));
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const key = keyOf(socket);
    idle.delete(key);
    response.once('close', () => {
      if (open.has(key)) idle.add(key);
    });
  });
}

/** The same for a connection and for the TLS that runs over it. */
function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}/${remotePort}`;
}
