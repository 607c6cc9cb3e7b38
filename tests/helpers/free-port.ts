import { createServer } from 'node:net';

/** Below those that systems give to outgoing connections, one of which could take the port before a server does. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const ATTEMPTS = 100;

/** A TCP port of the loopback interface that nothing listens on at the moment, and that nothing is given by chance. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
