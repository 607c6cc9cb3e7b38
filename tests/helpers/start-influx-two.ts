import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that the server got. */
export interface InfluxRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface InfluxTwo extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly InfluxRequest[];
}

export interface InfluxTwoOptions {
  readonly version: string;
  readonly token: string;
  /** InfluxDB 3 has no `/api/v2/delete`. */
  readonly canDelete: boolean;
}

/**
 * A server that answers as the documentation of InfluxDB 2 and 3 says of their 1.x endpoints: a token is wanted, the version is
 * told by `/ping`, and statements that make or drop anything are refused. It keeps nothing.
 */
export async function startInfluxTwo({ version, token, canDelete }: InfluxTwoOptions): Promise<InfluxTwo> {
  const requests: InfluxRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const { authorization } = request.headers;
    const seen = { method: request.method ?? '', path: pathname, query: searchParams, authorization };
    requests.push({ ...seen, body: Buffer.concat(chunks).toString() });
    const { status, body } = answerTo(requests[requests.length - 1]);
    response.writeHead(status, { 'content-type': 'application/json', 'x-influxdb-version': version });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });

  function answerTo(request: InfluxRequest | undefined): { status: number; body?: unknown } {
    if (request?.path === '/ping') return { status: 204 };
    if (request?.authorization !== `Token ${token}`) {
      return { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } };
    }
    if (request.path === '/write') return { status: 204 };
    if (request.path === '/api/v2/delete' && canDelete) return { status: 204 };
    const statement = request.query.get('q') ?? new URLSearchParams(request.body).get('q') ?? '';
    if (request.path !== '/query') return { status: 404, body: { error: 'not found' } };
    if (/^(select|show)/i.test(statement)) return { status: 200, body: { results: [{ statement_id: 0 }] } };
    return { status: 400, body: { error: `not implemented: ${statement}` } };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
