import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { Certificates } from './create-certificates.js';

const bodySchema = z.object({
  type: z.string(),
  timestamp: z.iso.datetime(),
  data: z.looseObject({ device: z.string().optional() }),
});

export interface ReceivedWebhook {
  readonly path: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: z.infer<typeof bodySchema>;
  readonly atMs: number;
  /** What was answered; 0 for nothing. */
  readonly status: number;
}

/** How the nth request (0 first) of a path is answered: a status, headers with it, or not at all. */
export type Reply = (
  nth: number,
) => number | 'silence' | { readonly status: number; readonly headers: Readonly<Record<string, string>> };

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** What came to a path and was answered with 2xx. */
  taken(path: string): ReceivedWebhook[];
}

/** A receiver of webhooks on a free port that answers each path as a test wants; 204 where it says nothing. */
export async function startWebhookReceiver(
  replies: Readonly<Record<string, Reply>> = {},
  certificates?: Certificates,
): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const counts = new Map<string, number>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    const text = await bodyOf(request);
    const nth = counts.get(path) ?? 0;
    counts.set(path, nth + 1);
    const reply = replies[path]?.(nth) ?? 204;
    const { status, headers } =
      typeof reply === 'object' ? reply : { status: reply === 'silence' ? 0 : reply, headers: {} };
    received.push(receivedOf(request, text, status));
    if (status > 0) response.writeHead(status, headers).end();
  };
  const listener: RequestListener = (request, response) => void answer(request, response);
  const server =
    certificates === undefined
      ? createServer(listener)
      : createTlsServer(
          { cert: await readFile(certificates.certFile), key: await readFile(certificates.keyFile) },
          listener,
        );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificates === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    received,
    taken: (path) =>
      received.filter((webhook) => webhook.path === path && webhook.status >= 200 && webhook.status < 300),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws where the signature is none of the secret's */
export function verifyWebhook({ text, headers }: ReceivedWebhook, secret: string): void {
  new Webhook(secret).verify(text, { ...headers });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function receivedOf(request: IncomingMessage, text: string, status: number): ReceivedWebhook {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    path: request.url ?? '',
    id: headers['webhook-id'] ?? '',
    headers,
    text,
    status,
    body: bodySchema.parse(JSON.parse(text)),
    atMs: performance.now(),
  };
}
