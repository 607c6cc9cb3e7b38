import { createServer } from 'node:net';

/** The port asked for if nobody on loopback has it, else 0: any free one. */
export function freePortNear(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
