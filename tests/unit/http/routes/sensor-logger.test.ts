import { describe, expect, it } from 'vitest';
import { MESSAGE_REJECT_REASONS } from '../../../../src/domain/ledger.js';
import {
  acceptedResult,
  createHttpFixture,
  deviceInfo,
  type HttpFixture,
  NOW_MS,
} from '../../../helpers/http-fixture.js';

const URL = '/v1/ingest/sensor-logger';
const MESSAGE = '{"messageId":0,"sessionId":"s","deviceId":"phone-1","payload":[]}';

interface Push {
  readonly contentType?: string | undefined;
  readonly body?: string | Buffer;
}

function push({ app }: HttpFixture, { contentType = 'application/json', body = MESSAGE }: Push = {}) {
  return app.inject({ method: 'POST', url: URL, headers: { 'content-type': contentType }, payload: body });
}

describe('POST /v1/ingest/sensor-logger', () => {
  it('hands the body over as it came', async () => {
    await using fixture = await createHttpFixture();
    const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
    const response = await push(fixture, { body });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ status: 'accepted' });
    expect(fixture.pushed).toEqual([
      { format: 'sensor-logger', topic: URL, device: undefined, payload: body, receivedAtMs: NOW_MS },
    ]);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'takes %s',
    async (contentType) => {
      await using fixture = await createHttpFixture();
      expect((await push(fixture, { contentType })).statusCode).toBe(200);
    },
  );

  it('accepts the test message of the app', async () => {
    await using fixture = await createHttpFixture({
      ingestResult: acceptedResult({ isTest: true, usableEntries: 0 }),
    });
    expect((await push(fixture)).statusCode).toBe(200);
  });

  it.each(MESSAGE_REJECT_REASONS)(
    'shows the person with the phone why it was refused: %s',
    async (reason) => {
      await using fixture = await createHttpFixture({
        ingestResult: { kind: 'rejected', reason, detail: 'the detail' },
      });
      const response = await push(fixture);
      expect([response.statusCode, response.statusMessage]).toEqual([499, 'Wrong Set-up']);
      expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(response.body).toMatch(/^[A-Z].{20,300}\(the detail\)$/);
    },
  );

  it('hands an empty body over, to be counted as any other', async () => {
    await using fixture = await createHttpFixture();
    await push(fixture, { body: '' });
    expect(fixture.pushed.map(({ payload }) => payload.length)).toEqual([0]);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'nonsense',
    '',
  ])('shows the person that %j is not what this address takes', async (contentType) => {
    await using fixture = await createHttpFixture();
    const response = await push(fixture, { contentType });
    expect(response.statusCode).toBe(499);
    expect(response.body).toContain('application/json');
    expect(fixture.pushed).toEqual([]);
    expect(fixture.refused).toMatchObject([{ reason: 'not-json', topic: URL }]);
  });

  it('names what a phone sends when none of it can be used', async () => {
    await using fixture = await createHttpFixture({
      ingestResult: acceptedResult({ usableEntries: 0, ignoredSensors: ['barometer', 'battery'] }),
    });
    const response = await push(fixture);
    expect(response.statusCode).toBe(499);
    expect(response.body).toContain('barometer, battery');
    expect(response.body).toContain('Enable Accelerometer');
  });

  it('says why none of the samples can be used', async () => {
    await using fixture = await createHttpFixture({
      ingestResult: acceptedResult({ usableEntries: 0, samples: { used: 0, unused: { past: 2 } } }),
    });
    const response = await push(fixture);
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      499,
      'text/plain; charset=utf-8',
    ]);
    expect(response.body).toContain('None of 2 samples can be used: 2 are dated too long ago');
  });

  it('tells how many samples were used when some were not', async () => {
    const samples = { used: 5, unused: { late: 2 } };
    await using fixture = await createHttpFixture({ ingestResult: acceptedResult({ samples }) });
    const response = await push(fixture);
    expect([response.statusCode, response.json()]).toEqual([200, { status: 'accepted', samples }]);
  });

  it('is content with a message without motion from a phone that sent some before', async () => {
    await using fixture = await createHttpFixture({
      devices: [deviceInfo()],
      ingestResult: acceptedResult({ usableEntries: 0, ignoredSensors: ['battery'] }),
    });
    expect((await push(fixture)).statusCode).toBe(200);
  });

  it('asks to come back when the gateway is behind', async () => {
    await using fixture = await createHttpFixture({ ingestResult: { kind: 'busy' } });
    const response = await push(fixture);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('2');
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('refuses a body beyond the limit and counts it, whether its length was announced or not', async () => {
    await using fixture = await createHttpFixture({ maxIngestBytes: 1000 });
    expect((await push(fixture, { body: 'x'.repeat(1000) })).statusCode).toBe(200);
    const response = await push(fixture, { body: 'x'.repeat(1001) });
    expect(response.statusCode).toBe(413);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(fixture.refused).toMatchObject([{ reason: 'too-large' }]);
    const origin = await fixture.app.listen({ port: 0, host: '127.0.0.1' });
    const chunked = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(100)),
    });
    const answer = await fetch(`${origin}${URL}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: chunked,
      duplex: 'half',
    }).catch(() => undefined);
    // The answer races with the end of the connection, which stops an endless body.
    if (answer !== undefined) expect(answer.status).toBe(413);
    await expect.poll(() => fixture.refused.length).toBe(2);
    expect(fixture.pushed).toHaveLength(1);
  });

  it('takes 8 MiB and refuses 10 MB by default', async () => {
    await using fixture = await createHttpFixture();
    expect((await push(fixture, { body: Buffer.alloc(8 * 1024 * 1024) })).statusCode).toBe(200);
    expect((await push(fixture, { body: Buffer.alloc(10_000_000) })).statusCode).toBe(413);
  });

  it('takes POST only', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject(URL);
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });

  it('logs nothing of what it was sent', async () => {
    await using fixture = await createHttpFixture({ ingestResult: { kind: 'busy' } });
    await push(fixture, { body: 'a-secret-in-the-body' });
    await push(fixture, { contentType: 'text/plain', body: 'a-secret-in-the-body' });
    expect(fixture.log.join('')).not.toContain('secret');
  });
});
