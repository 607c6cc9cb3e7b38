import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { startWaitingServer } from '../../../src/http/create-server.js';
import { createCertificates } from '../../helpers/create-certificates.js';
import { freePort } from '../../helpers/free-port.js';
import { createHttpFixture, type HttpFixture } from '../../helpers/http-fixture.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

interface Pem {
  readonly cert: string;
  readonly key: string;
}

async function createPem(): Promise<Pem> {
  await using folder = await temporaryFolder();
  const { certFile, keyFile } = await createCertificates(folder.path);
  const [cert, key] = await Promise.all([certFile, keyFile].map((file) => readFile(file, 'utf8')));
  return { cert: cert ?? '', key: key ?? '' };
}

async function portOf(fixture: HttpFixture): Promise<number> {
  return Number(new URL(await fixture.app.listen({ port: 0, host: '127.0.0.1' })).port);
}

function get(port: number, options: { readonly ca: string; readonly cert?: string; readonly key?: string }) {
  return new Promise<{ status: number | undefined; hsts: unknown }>((resolve, reject) => {
    const asking = request(
      { port, host: '127.0.0.1', path: '/health/live', agent: false, ...options },
      (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode, hsts: answer.headers['strict-transport-security'] });
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}

describe('HTTPS', () => {
  it('answers with its certificate, and has browsers stay with it', async () => {
    const pem = await createPem();
    await using fixture = await createHttpFixture({ tls: pem });
    expect(await get(await portOf(fixture), { ca: pem.cert })).toEqual({
      status: 200,
      hsts: 'max-age=15552000',
    });
  });

  it('speaks no old TLS and no HTTP', async () => {
    const pem = await createPem();
    await using fixture = await createHttpFixture({ tls: pem });
    const port = await portOf(fixture);
    const old = connect({
      port,
      host: '127.0.0.1',
      ca: pem.cert,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    await expect(
      new Promise((resolve, reject) => old.on('secureConnect', resolve).on('error', reject)),
    ).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  it('lets only clients in that have a certificate, where they must have one', async () => {
    const [server, client, stranger] = await Promise.all([createPem(), createPem(), createPem()]);
    await using fixture = await createHttpFixture({ tls: { ...server, clientCa: client.cert } });
    const port = await portOf(fixture);
    expect((await get(port, { ca: server.cert, ...client })).status).toBe(200);
    await expect(get(port, { ca: server.cert })).rejects.toThrow();
    await expect(get(port, { ca: server.cert, ...stranger })).rejects.toThrow();
  });
});

const PART = { name: 'cluster', detail: 'waiting for NATS' };

describe('a gateway that waits for what it cannot start without', () => {
  it('lives, is not ready, and says why', async () => {
    const port = await freePort();
    await using _ = await startWaitingServer({ host: '127.0.0.1', port, part: () => PART, tls: undefined });
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const [live, ready, other] = await Promise.all(['/health/live', '/health/ready', '/v1/devices'].map(get));
    expect(await live?.json()).toEqual({ live: true });
    expect(ready?.status).toBe(503);
    expect(await ready?.json()).toEqual({ ready: false, parts: [{ ...PART, ok: false }] });
    expect(other?.headers.get('content-type')).toBe('application/problem+json');
    expect(await other?.json()).toMatchObject({ status: 503, detail: 'waiting for NATS' });
  });

  it('gives the port back, and leaves one alone that somebody has', async () => {
    const port = await freePort();
    const options = { host: '127.0.0.1', port, part: () => PART, tls: undefined };
    const first = await startWaitingServer(options);
    await (await startWaitingServer(options))[Symbol.asyncDispose]();
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(503);
    await first[Symbol.asyncDispose]();
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });
});
