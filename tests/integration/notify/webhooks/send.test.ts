import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { AddressGuard } from '../../../../src/notify/webhooks/address-guard.js';
import { createSender, guardedLookup, type SenderOptions } from '../../../../src/notify/webhooks/send.js';
import { systemClock } from '../../../../src/shared/clock.js';
import { createCertificates } from '../../../helpers/create-certificates.js';
import { startHttpServer } from '../../../helpers/start-http-server.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { startWebhookReceiver } from '../../../helpers/webhook-receiver.js';

const BODY = '{"type":"webhook.test","timestamp":"2026-01-31T12:00:00Z","data":{}}';
const local = new AddressGuard({ allowPrivate: false, allowNetworks: ['127.0.0.0/8'] });
const strict = new AddressGuard({ allowPrivate: false, allowNetworks: [] });

function send(url: string, overrides: Partial<SenderOptions> = {}, signal = new AbortController().signal) {
  const sender = createSender({ guard: local, clock: systemClock, timeoutMs: 1000, ...overrides });
  return sender({ url: new URL(url), headers: { 'webhook-id': 'evt_1' }, body: BODY }, signal);
}

describe(createSender, () => {
  it('posts and gives status and retry-after', async () => {
    await using receiver = await startWebhookReceiver({
      '/limited': () => ({ status: 429, headers: { 'retry-after': '7' } }),
    });
    expect(await send(receiver.url)).toEqual({ kind: 'answered', status: 204, retryAfterMs: undefined });
    expect(await send(`${receiver.url}/limited`)).toEqual({
      kind: 'answered',
      status: 429,
      retryAfterMs: 7000,
    });
    expect(receiver.received[0]).toMatchObject({ id: 'evt_1', text: BODY });
  });

  it('follows no redirect', async () => {
    await using receiver = await startWebhookReceiver({
      '/moved': () => ({ status: 307, headers: { location: '/elsewhere' } }),
    });
    expect(await send(`${receiver.url}/moved`)).toMatchObject({ status: 307 });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/moved']);
  });

  it('waits for an answer for so long only', async () => {
    await using receiver = await startWebhookReceiver({ '/': () => 'silence' });
    expect(await send(receiver.url)).toEqual({ kind: 'failed', detail: 'no answer within 1000 ms' });
  });

  it('is not held up by an answer that never ends', async () => {
    await using endless = await startHttpServer((_request, response) => {
      response.writeHead(200);
      response.write('on ');
    });
    expect(await send(endless.url)).toMatchObject({ kind: 'answered', status: 200 });
  });

  it('says that a certificate is not trusted, unless its authority is', async () => {
    await using folder = await temporaryFolder();
    const certificates = await createCertificates(folder.path);
    await using receiver = await startWebhookReceiver({}, certificates);
    const refused = await send(receiver.url);
    expect(refused).toMatchObject({ detail: expect.stringMatching(/^TLS failed/) });
    expect(receiver.received).toEqual([]);
    const ca = [...rootCertificates, await readFile(certificates.certFile, 'utf8')];
    expect(await send(receiver.url, { ca })).toMatchObject({ status: 204 });
  });

  it('says when nobody listens, or what listens speaks no HTTP', async () => {
    expect(await send('http://127.0.0.1:1/')).toEqual({
      kind: 'failed',
      detail: 'no connection (ECONNREFUSED)',
    });
    const rude = createServer((socket) => socket.resume().end('no\r\n\r\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => rude.once('listening', resolve));
    const address = rude.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'failed' });
    await new Promise((resolve) => rude.close(resolve));
  });

  it('connects to no refused address, written as an address or as a name', async () => {
    await using receiver = await startWebhookReceiver();
    const { port } = new URL(receiver.url);
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433']) {
      expect(await send(`http://${host}:${port}/`, { guard: strict }), host).toMatchObject({
        kind: 'failed',
        detail: expect.stringContaining('private, loopback or link-local address'),
      });
    }
    expect(receiver.received).toEqual([]);
  });

  it('ends when it is told to', async () => {
    await using receiver = await startWebhookReceiver({ '/': () => 'silence' });
    const end = new AbortController();
    const answer = send(receiver.url, {}, end.signal);
    end.abort();
    expect(await answer).toMatchObject({ kind: 'failed' });
  });
});

describe(guardedLookup, () => {
  const answers = (addresses: { address: string; family: number }[]): never =>
    ((_host: string, _options: object, callback: (error: null, found: object) => void) =>
      callback(null, addresses)) as never;
  const look = (addresses: { address: string; family: number }[]) =>
    new Promise((resolve) => {
      guardedLookup(strict, true, answers(addresses))('name.example', { all: true }, (error, found) =>
        resolve(error?.message ?? found),
      );
    });

  it('refuses a name of which one address is refused, since any may be taken', async () => {
    const publicOne = { address: '8.8.8.8', family: 4 };
    expect(await look([publicOne])).toEqual([publicOne]);
    expect(await look([publicOne, { address: '10.0.0.1', family: 4 }])).toMatch(/^10\.0\.0\.1 is a private/);
    expect(await look([])).toBe('name.example has no address');
  });
});
