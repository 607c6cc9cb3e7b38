import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { readFirstPacket } from '../../../../src/ingest/broker/mqtt5-stream.js';

const connect = (protocolVersion: 3 | 4 | 5, clientId = 'c'): Buffer =>
  generate({
    cmd: 'connect',
    protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clean: true,
    clientId,
    keepalive: 60,
  });

describe(readFirstPacket, () => {
  it.each([3, 4, 5] as const)('reads protocol level %i as soon as it is there, and not before', (version) => {
    for (const clientId of ['c', 'c'.repeat(20_000)]) {
      const bytes = connect(version, clientId);
      const answers = Array.from({ length: 20 }, (_, length) => readFirstPacket(bytes.subarray(0, length)));
      const firstKnown = answers.indexOf(version);
      expect(answers.slice(0, firstKnown).every((answer) => answer === 'incomplete')).toBe(true);
      expect(answers.slice(firstKnown).every((answer) => answer === version)).toBe(true);
    }
  });

  it('reads the level of a bridge', () => {
    const bytes = connect(4);
    bytes[8] = 0x84;
    expect(readFirstPacket(bytes)).toBe(4);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a TLS greeting', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])],
    ['another packet', Buffer.from([0x30, 0x02, 0x00, 0x00])],
    ['another protocol', Buffer.from([0x10, 0x08, 0x00, 0x04, ...Buffer.from('HTTP'), 4, 0])],
    ['an unknown level', Buffer.from([0x10, 0x08, 0x00, 0x04, ...Buffer.from('MQTT'), 6, 0])],
    ['an endless length', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('knows %s', (_, bytes) => {
    expect(readFirstPacket(bytes)).toBe('not-mqtt');
  });

  it('decides within 14 bytes whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 14, maxLength: 14 }), (bytes) => {
        expect(readFirstPacket(Buffer.from(bytes))).not.toBe('incomplete');
      }),
    );
  });
});
