import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { startEmbeddedBroker } from '../../../../src/ingest/broker/embedded-broker.js';
import type { BrokerAddress } from '../../../../src/ingest/client/mqtt-client-options.js';
import { type MqttSourceOptions, startMqttSource } from '../../../../src/ingest/client/mqtt-source.js';
import { systemClock } from '../../../../src/shared/clock.js';
import { createCertificates } from '../../../helpers/create-certificates.js';
import { PATIENCE } from '../../../helpers/eventually.js';
import { freePort } from '../../../helpers/free-port.js';
import { startMosquitto } from '../../../helpers/start-mosquitto.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { connectPhone } from '../phone.js';

function start(broker: Partial<BrokerAddress>, options: Partial<MqttSourceOptions> = {}) {
  return startMqttSource({
    subscriptions: [],
    deliver: () => undefined,
    clock: systemClock,
    reconnectInitialMs: 20,
    reconnectMaxMs: 40,
    ...options,
    broker: { url: 'mqtt://127.0.0.1:1', clientId: 'gateway', ...broker },
  });
}

/** Waits until the source says what is wrong. */
async function expectDetail(source: ReturnType<typeof start>, detail: RegExp): Promise<void> {
  await vi.waitFor(() => {
    expect(source.health()).toEqual({ name: 'mqtt', ok: false, detail: expect.stringMatching(detail) });
  }, PATIENCE);
}

describe(startMqttSource, () => {
  it('starts without a broker, says so, and ends at once', async () => {
    const port = await freePort();
    const source = start({ url: `mqtt://user:secret@127.0.0.1:${port}` });
    const ready = source.ready;
    await expectDetail(source, new RegExp(`^broker mqtt://127\\.0\\.0\\.1:${port}: nothing listens there`));
    const publishing = source.publish('t', 'p');
    await source[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
    await expect(ready).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(publishing).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it.each<4 | 5>([4, 5])(
    'names a wrong password, and connects once it is right (MQTT version %i)',
    async (version) => {
      await using mosquitto = await startMosquitto({ users: { gateway: 'right' } });
      const login = { url: mosquitto.url, username: 'gateway', protocolVersion: version };
      {
        await using source = start({ ...login, password: 'wrong' });
        await expectDetail(
          source,
          /refuses the password of user "gateway", or the user: correct mqtt\.username/,
        );
        expect(source.health().detail).not.toContain('wrong');
      }
      {
        await using source = start({ url: mosquitto.url, protocolVersion: version });
        await expectDetail(source, /needs a user name and a password: set mqtt\.username and mqtt\.password/);
      }
      await using source = start({ ...login, password: 'right' });
      await source.ready;
    },
  );

  it.each<4 | 5>([4, 5])(
    'names a wrong password at the embedded broker (MQTT version %i)',
    async (version) => {
      await using broker = await startEmbeddedBroker({
        port: 0,
        access: { authenticate: ({ password }) => password?.toString() === 'right' },
      });
      const login = { url: broker.url, username: 'gateway', protocolVersion: version };
      {
        await using source = start({ ...login, password: 'wrong' });
        await expectDetail(source, /refuses the password of user "gateway"/);
      }
      await using source = start({ ...login, password: 'right' });
      await source.ready;
    },
  );

  it('connects by TLS to whom it trusts, and says what is wrong otherwise', async () => {
    await using folder = await temporaryFolder();
    const certificates = await createCertificates(folder.path);
    const ca = await readFile(certificates.certFile, 'utf8');
    await using mosquitto = await startMosquitto({ certificates });
    await using plain = await startMosquitto();
    {
      await using source = start({ url: mosquitto.url, tls: { ca } });
      await source.ready;
    }
    const wrong: [Partial<BrokerAddress>, RegExp][] = [
      [{ url: mosquitto.url }, /not signed by an authority this gateway trusts: .*mqtt\.tls\.caFile/],
      [
        { url: plain.url.replace('mqtt:', 'mqtts:'), tls: { ca } },
        /use mqtts:|does not (speak TLS|answer in MQTT)/,
      ],
      [{ url: mosquitto.url.replace('mqtts:', 'mqtt:') }, /mqtts:/],
    ];
    for (const [address, detail] of wrong) {
      await using source = start(address);
      await expectDetail(source, detail);
    }
    await using source = start({ url: mosquitto.url, tls: { rejectUnauthorized: false } });
    await source.ready;
  });

  it('says when a web server is no broker', async () => {
    const server = createServer((_, response) => void response.writeHead(404).end());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      await using source = start({ url: `ws://127.0.0.1:${port}/mqtt` });
      await expectDetail(source, /does not answer in MQTT/);
    } finally {
      server.close();
    }
  });

  it.each<4 | 5>([4, 5])('names a clash of client ids (MQTT version %i)', async (version) => {
    await using mosquitto = await startMosquitto();
    const address = { url: mosquitto.url, clientId: 'twin', protocolVersion: version };
    await using one = start(address);
    await using other = start(address);
    await vi.waitFor(() => {
      const details = [one, other].map((source) => source.health().detail).join();
      expect(details).toMatch(/client id "twin".*another gateway probably uses it too/);
    }, PATIENCE);
  });

  it('names the subscriptions a broker refuses and goes on with the others', async () => {
    await using broker = await startEmbeddedBroker({
      port: 0,
      access: { authorizeSubscribe: (_, filter) => filter !== 'alongside/+/frames' },
    });
    const delivered: string[] = [];
    await using source = start({ url: broker.url }, { deliver: ({ topic }) => void delivered.push(topic) });
    await expectDetail(source, /does not let this gateway read alongside\/\+\/frames/);
    await using phone = await connectPhone(broker.url);
    await phone.client.publishAsync('alongside/a/sensors', 'x', { qos: 1 });
    await vi.waitFor(() => expect(delivered).toEqual(['alongside/a/sensors']), PATIENCE);
  });

  it('keeps its connection while it works off what takes longer than the keepalive', async () => {
    await using mosquitto = await startMosquitto();
    const delivered: string[] = [];
    const disconnections: string[] = [];
    await using source = start(
      { url: mosquitto.url, keepaliveSeconds: 1 },
      {
        maxUnacknowledged: 1,
        deliver: async ({ payload }) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          delivered.push(Buffer.from(payload).toString());
        },
        hooks: { onDisconnected: ({ message }) => void disconnections.push(message) },
      },
    );
    await source.ready;
    await using phone = await connectPhone(mosquitto.url);
    const numbers = [...Array(40).keys()].map(String);
    await Promise.all(numbers.map((text) => phone.client.publishAsync('alongside/a/sensors', text)));
    await vi.waitFor(() => expect(delivered).toEqual(numbers), PATIENCE);
    expect(disconnections).toEqual([]);
  });

  it('bounds what waits to be published', async () => {
    await using source = start({}, { maxQueuedPublishes: 2 });
    const waiting = [source.publish('a', '1'), source.publish('b', '2', { retain: true })];
    for (const each of waiting) each.catch(() => undefined);
    await expect(source.publish('c', '3')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    source.publish('b', 'newer', { retain: true }).catch(() => undefined);
  });

  it('refuses a configuration that cannot work', () => {
    expect(() => start({ url: 'broker' })).toThrow(/mqtt\.url must look like/);
    expect(() => start({}, { subscriptions: [{ topic: 'a/#/b', format: 'phyphox' }] })).toThrow(/a\/#\/b/);
  });
});
