import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly body: string;
}

/** Lets the server answer, with another body in place of the client's. */
export type Forward = (body: string) => Promise<ProxyAnswer>;

/** Answers a request in the server's place; `undefined` lets the server answer. */
export type Respond = (
  request: ProxiedRequest,
  forward: Forward,
) => ProxyAnswer | undefined | Promise<ProxyAnswer | undefined>;

/** A network between a client and a server on this machine, with ways to break it. */
export interface ProxiedNetwork extends AsyncDisposable {
  readonly port: number;
  /** Ends all connections and lets no new one through. */
  cut(): void;
  /** Passes nothing on, as a network that has gone silent; connections stay. */
  stall(): void;
  /** Ends all connections and speaks HTTP with those who come again. */
  answer(respond: Respond): void;
  /** Leads those who come from now on to another server. */
  moveTo(port: number): void;
  /** Passes everything on again, what was stalled included. */
  resume(): void;
}

type Mode = 'open' | 'cut' | 'stalled' | 'answering';

/** Starts a TCP proxy on a free port: `await using proxy = await startProxy(server.port)`. */
export async function startProxy(firstPort: number): Promise<ProxiedNetwork> {
  let targetPort = firstPort;
  const links = new Set<Link>();
  let mode: Mode = 'open';
  let respond: Respond = () => undefined;
  const http = createHttpServer(
    (incoming, outgoing) => void answerHttp(incoming, outgoing, targetPort, respond),
  );
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
    } else if (mode === 'answering') {
      http.emit('connection', client);
    } else {
      const link = new Link(client, targetPort, () => links.delete(link));
      links.add(link);
      if (mode === 'stalled') link.stall();
    }
  });
  const enter = (next: Mode): void => {
    mode = next;
    http.closeAllConnections();
    for (const link of links) {
      if (next === 'open') link.resume();
      else if (next === 'stalled') link.stall();
      else link.destroy();
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not known');
  return {
    port: address.port,
    cut: () => enter('cut'),
    stall: () => enter('stalled'),
    answer: (answers) => {
      respond = answers;
      enter('answering');
    },
    moveTo: (to) => {
      targetPort = to;
    },
    resume: () => enter('open'),
    [Symbol.asyncDispose]: async () => {
      enter('cut');
      server.close();
      await once(server, 'close');
    },
  };
}

/** One connection through the proxy: two sockets that are each other's ends. */
class Link {
  readonly #sockets: readonly [client: Socket, server: Socket];

  constructor(client: Socket, targetPort: number, onGone: () => void) {
    const server = connect(targetPort, '127.0.0.1');
    this.#sockets = [client, server];
    client.pipe(server);
    server.pipe(client);
    for (const socket of this.#sockets) {
      // What is broken at one end is broken at the other.
      socket.on('error', () => this.destroy());
      socket.on('close', () => {
        this.destroy();
        onGone();
      });
    }
  }

  stall(): void {
    const [client, server] = this.#sockets;
    client.unpipe(server).pause();
    server.unpipe(client).pause();
  }

  resume(): void {
    const [client, server] = this.#sockets;
    client.pipe(server);
    server.pipe(client);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function answerHttp(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  targetPort: number,
  respond: Respond,
): Promise<void> {
  const { method = 'GET', url: path = '/' } = incoming;
  const forward: Forward = async (body) => {
    const headers = { ...incoming.headers, 'content-length': Buffer.byteLength(body) };
    const passedOn = request({ port: targetPort, host: '127.0.0.1', method, path, headers });
    passedOn.end(body);
    const [answered] = await once(passedOn, 'response');
    return { status: answered.statusCode, body: await text(answered) };
  };
  try {
    const body = await text(incoming);
    const { status, body: words } = (await respond({ method, path, body }, forward)) ?? (await forward(body));
    outgoing.writeHead(status, { 'content-type': 'application/json' }).end(words);
  } catch {
    // The client has gone, or the server has: either way there is nobody to answer.
    outgoing.destroy();
  }
}
