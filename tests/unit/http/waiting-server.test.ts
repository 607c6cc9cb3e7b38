import { describe, expect, it } from 'vitest';
import { startWaitingServer } from '../../../src/http/waiting-server.js';
import { freePort } from '../../helpers/free-port.js';

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
