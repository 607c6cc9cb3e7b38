import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Refusal } from '../../../../src/ingest/broker/broker-types.js';
import {
  type EmbeddedBroker,
  type EmbeddedBrokerOptions,
  startEmbeddedBroker,
} from '../../../../src/ingest/broker/embedded-broker.js';
import { createProxyTrust } from '../../../../src/shared/network.js';
import { createCertificates } from '../../../helpers/create-certificates.js';
import { PATIENCE } from '../../../helpers/eventually.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { connectPhone } from '../phone.js';

const CONNECT: Packet = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'raw',
  keepalive: 60,
};

interface BrokerUnderTest extends EmbeddedBroker {
  readonly refusals: Refusal[];
  readonly reasons: () => string[];
}

async function start(options: Partial<EmbeddedBrokerOptions> = {}): Promise<BrokerUnderTest> {
  const refusals: Refusal[] = [];
  const broker = await startEmbeddedBroker({
    port: 0,
    webSocketPort: 0,
    onRefused: (refusal) => void refusals.push(refusal),
    ...options,
  });
  return Object.assign(broker, { refusals, reasons: () => refusals.map(({ reason }) => reason) });
}

/** A TCP connection over which a test sends what it likes. */
async function connectRaw(port: number): Promise<Socket & AsyncDisposable> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return Object.assign(socket, {
    [Symbol.asyncDispose]: () => {
      socket.destroy();
      return Promise.resolve();
    },
  });
}

/** Resolves when a connection has ended, for whatever reason. */
function closing(connection: { once(event: 'close', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => void connection.once('close', resolve));
}

/** Whether the broker still serves those who behave. */
async function expectAlive({ url }: EmbeddedBroker): Promise<void> {
  await using phone = await connectPhone(url);
  await phone.client.subscribeAsync('alive', { qos: 1 });
  await phone.client.publishAsync('alive', 'yes', { qos: 1 });
  await vi.waitFor(() => expect(phone.heard.get('alive')).toEqual(['yes']), PATIENCE);
}

describe(startEmbeddedBroker, () => {
  it('listens on free ports of the loopback interface', async () => {
    await using broker = await start();
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    expect(broker.webSocketUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    await expectAlive(broker);
  });

  it('says what to do when a port is taken, and leaves nothing behind', async () => {
    await using first = await start();
    const taken = {
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(/another program listens.*mqtt\.port/),
    };
    await expect(start({ port: first.port })).rejects.toMatchObject(taken);
    const webSocketPort = Number(new URL(first.webSocketUrl ?? '').port);
    await expect(start({ webSocketPort })).rejects.toMatchObject({
      message: expect.stringMatching(/mqtt\.webSocketPort/),
    });
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      message: expect.stringMatching(/no such address/),
    });
  });

  it.each<4 | 5>([4, 5])('serves WebSocket clients (MQTT version %i)', async (protocolVersion) => {
    await using broker = await start();
    await using listener = await connectPhone(broker.url);
    await listener.client.subscribeAsync('t', { qos: 1 });
    await using phone = await connectPhone(broker.webSocketUrl ?? '', { protocolVersion });
    await phone.client.publishAsync('t', 'by web', { qos: 1 });
    await vi.waitFor(() => expect(listener.heard.get('t')).toEqual(['by web']), PATIENCE);
  });

  it.each<4 | 5>([4, 5])(
    'serves MQTT version %i: retained, will, unsubscribe, session',
    async (protocolVersion) => {
      await using broker = await start();
      await using phone = await connectPhone(broker.url, {
        protocolVersion,
        will: { topic: 'will', payload: Buffer.from('gone'), qos: 1, retain: false },
      });
      await phone.client.publishAsync('kept', 'value', { retain: true, qos: 2 });
      const session = {
        protocolVersion,
        clientId: 'listener',
        clean: false,
        ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 60 } }),
      };
      const first = await connectPhone(broker.url, session);
      await first.client.subscribeAsync(['kept', 'will', 'later'], { qos: 1 });
      await first.client.subscribeAsync('not', { qos: 1 });
      await first.client.unsubscribeAsync('not');
      await vi.waitFor(() => expect(first.heard.get('kept')).toEqual(['value']), PATIENCE);
      await first.client.endAsync();
      await phone.client.publishAsync('later', 'queued', { qos: 1 });
      await phone.client.publishAsync('not', 'x', { qos: 1 });
      phone.client.stream.destroy();
      await using second = await connectPhone(broker.url, session);
      await vi.waitFor(() => {
        expect(Object.fromEntries(second.heard)).toEqual({ later: ['queued'], will: ['gone'] });
      }, PATIENCE);
    },
  );

  it('publishes an MQTT 5 client’s will when it says farewell but wants it published', async () => {
    await using broker = await start();
    await using listener = await connectPhone(broker.url);
    await listener.client.subscribeAsync('will');
    const will = { topic: 'will', payload: Buffer.from('gone'), qos: 0, retain: false } as const;
    await using silent = await connectPhone(broker.url, { protocolVersion: 5, will });
    await silent.client.endAsync(false, { reasonCode: 0 });
    await using phone = await connectPhone(broker.url, { protocolVersion: 5, will });
    await phone.client.endAsync(false, { reasonCode: 4 });
    await vi.waitFor(() => expect(listener.heard.get('will')).toEqual(['gone']), PATIENCE);
  });

  it('speaks TLS with a certificate, and asks for one when told to', async () => {
    await using folder = await temporaryFolder();
    const { certFile, keyFile } = await createCertificates(folder.path);
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    await using broker = await start({ certificate: { cert, key } });
    expect(broker.url).toMatch(/^mqtts:/);
    expect(broker.webSocketUrl).toMatch(/^wss:/);
    for (const url of [broker.url, broker.webSocketUrl ?? '']) {
      await using phone = await connectPhone(url, { ca: cert });
      await phone.client.publishAsync('t', 'x', { qos: 1 });
      await expect(connectAsync(url, { reconnectPeriod: 0 })).rejects.toThrow(/self-signed/);
    }
    await using strict = await start({ certificate: { cert, key, clientCa: cert } });
    await using known = await connectPhone(strict.url, { ca: cert, cert, key });
    await known.client.publishAsync('t', 'x', { qos: 1 });
    await expect(connectAsync(strict.url, { ca: cert, reconnectPeriod: 0 })).rejects.toThrow();
  });

  it.each<4 | 5>([4, 5])('lets in only those who may (MQTT version %i)', async (protocolVersion) => {
    await using broker = await start({
      access: {
        authenticate: ({ username, password }) =>
          username === 'broken'
            ? Promise.reject(new Error('no data base'))
            : Promise.resolve(username === 'phone' && password?.toString() === 'secret'),
        authorizePublish: ({ username }, topic) => topic === `alongside/${username}/sensors`,
        authorizeSubscribe: (_, filter) => filter === 'mine',
      },
    });
    const login = { protocolVersion, reconnectPeriod: 0 };
    const connect = (username: string, password: string) =>
      connectAsync(broker.url, { ...login, username, password });
    await expect(connect('phone', 'wrong')).rejects.toThrow(/bad user ?name or password/i);
    await expect(connect('broken', 'secret')).rejects.toThrow(/server unavailable/i);
    const phone = await connect('phone', 'secret');
    await phone.publishAsync('alongside/phone/sensors', 'x', { qos: 1 });
    await phone.subscribeAsync('mine');
    await expect(phone.subscribeAsync('theirs')).rejects.toThrow();
    const closed = closing(phone);
    phone.publish('alongside/other/sensors', 'x', { qos: 1 });
    await closed;
    await phone.endAsync(true);
    expect(broker.refusals.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['login-failed', 'phone'],
      ['login-failed', 'broken'],
      ['subscribe-denied', 'theirs'],
      ['publish-denied', 'alongside/other/sensors'],
    ]);
  });

  it.each(['$SYS/broker/uptime', '$share/x'])('lets nobody publish to %s', async (topic) => {
    await using broker = await start();
    await using phone = await connectPhone(broker.url, { reconnectPeriod: 0 });
    const closed = closing(phone.client);
    phone.client.publish(topic, 'x', { retain: true });
    await closed;
    expect(broker.reasons()).toEqual(['publish-denied']);
    await expectAlive(broker);
  });

  it('retains only so much', async () => {
    await using broker = await start({ limits: { maxRetainedTopics: 2, maxRetainedBytes: 10 } });
    await using phone = await connectPhone(broker.url);
    await phone.client.publishAsync('large', 'x'.repeat(11), { retain: true, qos: 1 });
    for (const topic of ['a', 'b', 'c'])
      await phone.client.publishAsync(topic, 'x', { retain: true, qos: 1 });
    await using listener = await connectPhone(broker.url);
    await listener.client.subscribeAsync('#', { qos: 1 });
    await vi.waitFor(() => expect([...listener.heard.keys()].sort()).toEqual(['a', 'b']), PATIENCE);
    expect(broker.reasons()).toEqual(['retain-limit', 'retain-limit']);
  });

  it('lets a client subscribe to so many filters', async () => {
    await using broker = await start({ limits: { maxSubscriptions: 2 } });
    await using phone = await connectPhone(broker.url);
    await phone.client.subscribeAsync(['a', 'b']);
    await expect(phone.client.subscribeAsync(['c'])).rejects.toThrow();
    await phone.client.subscribeAsync('b', { qos: 1 });
    expect(broker.reasons()).toEqual(['subscription-limit']);
  });

  it('keeps only so many sessions and messages for them', async () => {
    await using broker = await start({ limits: { maxSessions: 1, maxQueuedMessages: 2 } });
    for (const clientId of ['one', 'two']) {
      const client = await connectPhone(broker.url, { clientId, clean: false });
      await client.client.subscribeAsync('t', { qos: 1 });
      await client.client.endAsync();
    }
    await using phone = await connectPhone(broker.url);
    for (const text of ['1', '2', '3']) await phone.client.publishAsync('t', text, { qos: 1 });
    await vi.waitFor(() => expect(broker.reasons()).toEqual(['session-limit', 'queue-limit']), PATIENCE);
    await using one = await connectPhone(broker.url, { clientId: 'one', clean: false });
    await vi.waitFor(() => expect(one.heard.get('t')).toEqual(['1', '2']), PATIENCE);
  });

  it.each<4 | 5>([4, 5])(
    'disconnects who sends too large a packet, and no other (MQTT version %i)',
    async (version) => {
      await using broker = await start();
      await using other = await connectPhone(broker.url);
      // mqtt.js keeps to what an MQTT 5 broker announces, so the packet is made by hand.
      await using rude = await connectRaw(broker.port);
      rude.write(generate({ ...CONNECT, protocolVersion: version }, { protocolVersion: version }));
      await once(rude, 'data');
      const packet: Packet = {
        cmd: 'publish',
        topic: 'alongside/a/sensors',
        payload: Buffer.alloc(10_000_000),
        qos: 0,
        retain: false,
        dup: false,
      };
      const closed = closing(rude);
      rude.write(generate(packet, { protocolVersion: version }));
      await closed;
      expect(broker.reasons()).toEqual(['packet-too-large']);
      await other.client.publishAsync('t', 'x', { qos: 1 });
      expect(other.client.connected).toBe(true);
    },
  );

  it('disconnects who sends too large a packet by WebSocket', async () => {
    await using broker = await start();
    const socket = new WebSocket(broker.webSocketUrl ?? '', 'mqtt');
    await once(socket, 'open');
    const closed = closing(socket);
    socket.send(Buffer.concat([generate(CONNECT, { protocolVersion: 4 }), Buffer.alloc(11_000_000)]));
    await closed;
    await vi.waitFor(() => expect(broker.reasons()).toEqual(['packet-too-large']), PATIENCE);
    await expectAlive(broker);
  });

  it('disconnects who does not say who it is', async () => {
    await using broker = await start({ limits: { connectTimeoutMs: 50 } });
    const bytes = generate(CONNECT, { protocolVersion: 4 });
    for (const sent of [0, 5, bytes.length - 1]) {
      await using silent = await connectRaw(broker.port);
      const closed = closing(silent);
      silent.resume().write(bytes.subarray(0, sent));
      await closed;
    }
    expect(broker.reasons()).toEqual(Array(3).fill('connect-timeout'));
  });

  it('allows so many connections', async () => {
    await using broker = await start({ limits: { maxConnections: 2 } });
    await using _one = await connectRaw(broker.port);
    await using _other = await connectRaw(broker.port);
    await vi.waitFor(() => expect(broker.connections).toBe(2), PATIENCE);
    await using third = await connectRaw(broker.port);
    await closing(third.resume());
    expect(broker.reasons()).toEqual(['too-many-connections']);
    _one.destroy();
    _other.destroy();
    await vi.waitFor(() => expect(broker.connections).toBe(0), PATIENCE);
    await expectAlive(broker);
  });

  it('is not held up by a subscriber that does not read', async () => {
    await using broker = await start({ limits: { drainTimeoutMs: 200 } });
    await using frozen = await connectRaw(broker.port);
    frozen.write(generate(CONNECT, { protocolVersion: 4 }));
    const subscriptions = [{ topic: '#', qos: 0 as const }];
    frozen.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }, { protocolVersion: 4 }));
    await once(frozen, 'data');
    frozen.pause();
    await using phone = await connectPhone(broker.url);
    const payload = Buffer.alloc(100_000);
    for (let n = 0; n < 200; n++) await phone.client.publishAsync('t', payload, { qos: 1 });
    await vi.waitFor(() => expect(broker.reasons()).toContain('too-slow'), PATIENCE);
    await expectAlive(broker);
  });

  it('lets web pages of its own host in, and of others only when told so', async () => {
    await using broker = await start({ allowedOrigins: ['dashboard.example'] });
    const open = async (origin: string): Promise<void> => {
      const socket = new WebSocket(broker.webSocketUrl ?? '', 'mqtt', { origin });
      try {
        await once(socket, 'open');
      } finally {
        socket.terminate();
      }
    };
    await open('http://127.0.0.1:8080');
    await open('https://dashboard.example');
    for (const origin of ['https://evil.example', 'null']) {
      await expect(open(origin)).rejects.toThrow(/401/);
    }
    expect(broker.refusals).toMatchObject([
      { reason: 'wrong-origin', detail: 'https://evil.example' },
      { reason: 'wrong-origin', detail: 'null' },
    ]);
  });

  it('sees who asked a proxy that is trusted', async () => {
    const addresses: (string | undefined)[] = [];
    await using broker = await start({
      trustProxy: createProxyTrust(['127.0.0.1']),
      access: { authenticate: ({ address }) => addresses.push(address) > 0 },
    });
    const wsOptions = { headers: { 'x-forwarded-for': '9.9.9.9, 10.1.2.3' } };
    await using _phone = await connectPhone(broker.webSocketUrl ?? '', { wsOptions });
    expect(addresses).toEqual(['10.1.2.3']);
  });

  it('refuses a web page whose name was pointed at this machine, where the access rules say so', async () => {
    const asked: unknown[] = [];
    await using broker = await start({
      access: { authorizeHost: (host) => asked.push(host) > 0 && host?.startsWith('127.0.0.1:') === true },
    });
    const evil = { host: 'evil.example:1883', origin: 'http://evil.example' };
    const socket = new WebSocket(broker.webSocketUrl ?? '', 'mqtt', { headers: evil });
    await expect(once(socket, 'open')).rejects.toThrow(/401/);
    const own = new WebSocket(broker.webSocketUrl ?? '', 'mqtt');
    await once(own, 'open');
    own.terminate();
    expect(asked).toEqual(['evil.example:1883', new URL(broker.webSocketUrl ?? '').host]);
    expect(broker.refusals).toMatchObject([{ reason: 'wrong-host', detail: 'evil.example:1883' }]);
  });

  it('ends at once, whatever its clients do', async () => {
    const broker = await start();
    await using _silent = await connectRaw(broker.port);
    const socket = new WebSocket(broker.webSocketUrl ?? '', 'mqtt');
    await once(socket, 'open');
    await using phone = await connectPhone(broker.url, { reconnectPeriod: 0 });
    const closed = Promise.all([closing(phone.client), closing(socket), closing(_silent.resume())]);
    await broker[Symbol.asyncDispose]();
    await closed;
    await expect(connectRaw(broker.port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('takes connections that somebody else accepted', async () => {
    await using broker = await start();
    const answers: Buffer[] = [];
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        answers.push(chunk);
        done();
      },
    });
    broker.accept(stream, '192.0.2.7');
    stream.push(generate(CONNECT, { protocolVersion: 4 }));
    await vi.waitFor(() => expect(Buffer.concat(answers)).toEqual(Buffer.from([0x20, 2, 0, 0])), PATIENCE);
    stream.destroy();
  });
});

describe('bytes that are not MQTT', () => {
  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'not-mqtt'],
    ['a TLS greeting', Buffer.from([0x16, 3, 1, 2, 0, 1]), 'not-mqtt'],
    [
      'a packet before CONNECT was answered that makes no sense',
      Buffer.concat([generate(CONNECT, { protocolVersion: 4 }), Buffer.from([0xff, 0xff])]),
      'protocol-error',
    ],
    [
      'an enormous CONNECT',
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4, 77, 81, 84, 84, 4]),
      'packet-too-large',
    ],
  ])('%s: connection closed and counted', async (_, bytes, reason) => {
    await using broker = await start();
    await using socket = await connectRaw(broker.port);
    const closed = closing(socket.resume());
    socket.write(bytes);
    await closed;
    await vi.waitFor(() => expect(broker.reasons()).toEqual([reason]), PATIENCE);
    await expectAlive(broker);
  });

  it('never harm the broker', async () => {
    await using broker = await start();
    await fc.assert(
      fc.asyncProperty(conversations, async (chunks) => {
        const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
        broker.accept(stream, undefined);
        for (const chunk of chunks) {
          if (!stream.destroyed) stream.push(chunk);
          await new Promise((resolve) => setImmediate(resolve));
        }
        stream.destroy();
      }),
      { numRuns: 1000 },
    );
    await expectAlive(broker);
    await vi.waitFor(() => expect(broker.connections).toBe(0), PATIENCE);
  });
});

const topics = fc.oneof(
  fc.constantFrom('a/b', '$SYS/x', '#', '+/a', 'x/'.repeat(150), '__proto__', ''),
  fc.string(),
);
const packets: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    cmd: fc.constant('publish' as const),
    topic: topics,
    payload: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    messageId: fc.integer({ min: 1, max: 0xffff }),
    retain: fc.boolean(),
    dup: fc.constant(false),
  }),
  fc.record({
    cmd: fc.constant('subscribe' as const),
    messageId: fc.constant(1),
    subscriptions: fc.array(fc.record({ topic: topics, qos: fc.constantFrom(0 as const, 1 as const) }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
  fc.record({
    cmd: fc.constant('unsubscribe' as const),
    messageId: fc.constant(1),
    unsubscriptions: fc.array(topics, { minLength: 1 }),
  }),
  fc.record({
    cmd: fc.constantFrom('puback' as const, 'pubrec' as const, 'pubrel' as const, 'pubcomp' as const),
    messageId: fc.constantFrom(1, 2),
  }),
  fc.constantFrom<Packet>(
    { cmd: 'pingreq' },
    { cmd: 'disconnect' },
    { cmd: 'pingresp' },
    { ...CONNECT, clientId: 'raw', clean: false },
    { cmd: 'connack', returnCode: 0, sessionPresent: false },
    { cmd: 'suback', messageId: 1, granted: [0] },
  ),
);

/** What a client might send: mostly a CONNECT, then packets good and bad, some of them damaged, cut anywhere. */
const conversations = fc
  .record({
    version: fc.constantFrom(4 as const, 5 as const),
    greets: fc.boolean(),
    packets: fc.array(fc.tuple(packets, fc.nat(), fc.constantFrom('whole', 'cut', 'flip', 'noise')), {
      maxLength: 6,
    }),
    chunkBytes: fc.integer({ min: 1, max: 200 }),
  })
  .map(({ version, greets, packets: sent, chunkBytes }) => {
    const parts = sent.map(([packet, place, damage]) => damaged(write(packet, version), place, damage));
    const bytes = Buffer.concat([
      ...(greets ? [write({ ...CONNECT, protocolVersion: version }, version)] : []),
      ...parts,
    ]);
    return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
      bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
    );
  });

function write(packet: Packet, protocolVersion: 4 | 5): Buffer {
  try {
    return generate(packet, { protocolVersion });
  } catch {
    return Buffer.from([0x30, 3, 0, 0]);
  }
}

function damaged(bytes: Buffer, place: number, damage: string): Buffer {
  const at = place % Math.max(1, bytes.length);
  switch (damage) {
    case 'cut':
      return bytes.subarray(0, at);
    case 'flip':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([place & 0xff]), bytes.subarray(at + 1)]);
    case 'noise':
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([place & 0xff]), bytes.subarray(at)]);
    default:
      return bytes;
  }
}
