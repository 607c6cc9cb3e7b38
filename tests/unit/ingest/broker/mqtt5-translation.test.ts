import { generate, type IConnackPacket, type Packet, parser } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { Mqtt5Translation } from '../../../../src/ingest/broker/mqtt5-translation.js';

const MAX_PACKET_BYTES = 10_000_000;

const CONNECT: Packet = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 5,
  clean: true,
  clientId: 'c',
};

const create = (): Mqtt5Translation => new Mqtt5Translation(MAX_PACKET_BYTES);

/** What the other side reads when a packet is written in its version of MQTT. */
function overTheWire(packet: Packet | undefined, protocolVersion: 4 | 5): Packet | undefined {
  if (packet === undefined) return undefined;
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion });
  reader.on('packet', (read) => packets.push(read));
  reader.parse(generate(packet, { protocolVersion }));
  return packets[0];
}

describe(Mqtt5Translation, () => {
  it.each([
    { clean: true, expiry: undefined, cleanInstead: true, isDeclined: false },
    { clean: true, expiry: 60, cleanInstead: true, isDeclined: true },
    { clean: false, expiry: undefined, cleanInstead: true, isDeclined: false },
    { clean: false, expiry: 60, cleanInstead: false, isDeclined: false },
  ])('turns clean start $clean with expiry $expiry into clean session $cleanInstead', (given) => {
    const translation = create();
    const properties = given.expiry === undefined ? {} : { sessionExpiryInterval: given.expiry };
    const connect = translation.toBroker({ ...CONNECT, clean: given.clean, properties });
    expect(overTheWire(connect, 4)).toMatchObject({ protocolVersion: 4, clean: given.cleanInstead });
    const connack = translation.toClient({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    const answered = overTheWire(connack, 5) as IConnackPacket;
    expect(answered).toMatchObject({ reasonCode: 0, properties: { maximumPacketSize: MAX_PACKET_BYTES } });
    expect(answered.properties?.sessionExpiryInterval).toBe(given.isDeclined ? 0 : undefined);
  });

  it('keeps login, keepalive and will', () => {
    const will = { topic: 'w', payload: Buffer.from('gone'), qos: 1, retain: true } as const;
    const connect = create().toBroker({
      ...CONNECT,
      keepalive: 30,
      username: 'u',
      password: Buffer.from('p'),
      will: { ...will, properties: { willDelayInterval: 5 } },
    });
    expect(overTheWire(connect, 4)).toMatchObject({
      keepalive: 30,
      username: 'u',
      password: Buffer.from('p'),
      will,
    });
  });

  it('assigns a client id where there is none and says so', () => {
    const translation = create();
    const connect = translation.toBroker({ ...CONNECT, clientId: '' });
    const connack = translation.toClient({ cmd: 'connack', returnCode: 0, sessionPresent: false });
    const assigned = (connect as { clientId?: string } | undefined)?.clientId;
    expect(assigned).toMatch(/^assigned-/);
    expect(connack).toMatchObject({ properties: { assignedClientIdentifier: assigned } });
  });

  it.each([
    [1, 132],
    [2, 133],
    [3, 136],
    [4, 134],
    [5, 135],
    [9, 128],
  ])('answers return code %i as reason %i', (returnCode, reasonCode) => {
    const connack = create().toClient({ cmd: 'connack', returnCode, sessionPresent: false });
    expect(overTheWire(connack, 5)).toMatchObject({ reasonCode });
  });

  it.each<[string, Packet]>([
    [
      'a message',
      {
        cmd: 'publish',
        topic: 't',
        payload: Buffer.from('p'),
        qos: 1,
        messageId: 7,
        retain: true,
        dup: true,
        properties: { contentType: 'x', userProperties: { a: 'b' } },
      },
    ],
    ['a PUBACK', { cmd: 'puback', messageId: 7, reasonCode: 16 }],
    ['a PUBREL', { cmd: 'pubrel', messageId: 7, reasonCode: 0 }],
    [
      'a SUBSCRIBE',
      { cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 't', qos: 1, nl: true, rap: true, rh: 1 }] },
    ],
    ['an UNSUBSCRIBE', { cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['t', 'u'] }],
    ['a ping', { cmd: 'pingreq' }],
    ['a farewell', { cmd: 'disconnect', reasonCode: 0 }],
  ])('passes %s on without its properties', (_, packet) => {
    const passed = overTheWire(create().toBroker(packet), 4);
    const { properties, reasonCode, ...kept } = { properties: {}, reasonCode: 0, ...packet };
    expect(passed).toMatchObject(
      packet.cmd === 'subscribe' ? { messageId: 7, subscriptions: [{ topic: 't', qos: 1 }] } : kept,
    );
    expect(passed).not.toHaveProperty('properties');
  });

  it('answers an UNSUBSCRIBE with a reason for each filter', () => {
    const translation = create();
    translation.toBroker({ cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['t', 'u'] });
    const unsuback = translation.toClient({ cmd: 'unsuback', messageId: 7 } as Packet);
    expect(overTheWire(unsuback, 5)).toMatchObject({ messageId: 7, granted: [0, 0] });
  });

  it.each<[string, Packet]>([
    ['a topic alias', { cmd: 'publish', topic: '', payload: 'x', qos: 0, retain: false, dup: false }],
    ['a farewell that asks for the will', { cmd: 'disconnect', reasonCode: 4 }],
    ['an exchange of credentials', { cmd: 'auth', reasonCode: 24 }],
    ['a packet that only brokers send', { cmd: 'pingresp' }],
  ])('ends the connection for %s', (_, packet) => {
    expect(create().toBroker(packet)).toBeUndefined();
  });
});
