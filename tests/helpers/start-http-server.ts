import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

export interface TestHttpServer extends AsyncDisposable {
  readonly url: string;
}

/** A web server on a free port that answers as a test wants it to: for faults that a real server does not show on demand. */
export async function startHttpServer(listener: RequestListener): Promise<TestHttpServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not known');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
