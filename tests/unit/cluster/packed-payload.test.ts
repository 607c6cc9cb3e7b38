import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packPayload, unpackPayload } from '../../../src/cluster/packed-payload.js';
import type { MessageFormat, RawMessage } from '../../../src/domain/message.js';
import { createPhones } from '../../../src/recordings/simulation/create-phones.js';

function raw(payload: Uint8Array, format: MessageFormat = 'sensor-logger'): RawMessage {
  return { format, topic: 'a', device: undefined, payload, receivedAtMs: 0 };
}

describe('a payload in the log', () => {
  it('comes out as it went in, whatever it holds', async () => {
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.string({ minLength: 500, maxLength: 4000 }).map((text) => new TextEncoder().encode(text)),
      fc.integer({ min: 0, max: 20_000 }).map((length) => new Uint8Array(length)),
    );
    await fc.assert(
      fc.asyncProperty(payloads, async (payload) => {
        const { data, encoding } = await packPayload(raw(payload));
        expect(data.length).toBeLessThanOrEqual(payload.length);
        expect(unpackPayload(data, encoding).equals(payload)).toBe(true);
      }),
    );
  });

  it('of an app is less than a third of what it was', async () => {
    const [phone] = createPhones({ phones: 1, seed: 1, startMs: 1_700_000_000_000, format: 'sensor-logger' });
    const payload = Buffer.from(phone?.sentIn(0).publishes[0]?.payload ?? '');
    expect(payload.length).toBeGreaterThan(15_000);
    expect((await packPayload(raw(payload))).data.length).toBeLessThan(payload.length / 3);
  });

  it('stays as it is where it is small, or a picture', async () => {
    const small = new Uint8Array(999);
    const picture = new Uint8Array(5000);
    expect(await packPayload(raw(small))).toEqual({ data: small });
    expect(await packPayload(raw(picture, 'frame'))).toEqual({ data: picture });
  });

  it('stays as it is where it cannot be unpacked, or would be larger than a message may be', () => {
    const broken = Buffer.from('not deflated');
    expect(unpackPayload(broken, 'deflate')).toEqual(broken);
    const bomb = deflateRawSync(new Uint8Array(11_000_001));
    expect(unpackPayload(bomb, 'deflate').equals(bomb)).toBe(true);
  });
});
