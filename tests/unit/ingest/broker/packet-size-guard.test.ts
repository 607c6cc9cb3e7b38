import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { PacketSizeGuard } from '../../../../src/ingest/broker/packet-size-guard.js';

const LIMIT = 300;

const packets = fc
  .record({ topic: fc.string({ minLength: 1, maxLength: 20 }), bytes: fc.nat(400) })
  .map(({ topic, bytes }) =>
    generate({
      cmd: 'publish',
      topic,
      payload: Buffer.alloc(bytes, 0xff),
      qos: 0,
      retain: false,
      dup: false,
    }),
  );

/** Cuts bytes at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe(PacketSizeGuard, () => {
  it('refuses a stream exactly when one of its packets is too large, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(packets, { maxLength: 5 }), fc.array(fc.nat()), (stream, places) => {
        const guard = new PacketSizeGuard(LIMIT);
        const passed = cut(Buffer.concat(stream), places).every((chunk) => guard.pass(chunk));
        expect(passed).toBe(stream.every((packet) => packet.length <= LIMIT));
      }),
      { numRuns: 1000 },
    );
  });

  it('knows by the announced length, before the content comes', () => {
    const guard = new PacketSizeGuard(10_000_000);
    expect(guard.pass(Buffer.from([0x30, 0xff, 0xff, 0xff]))).toBe(true);
    expect(guard.pass(Buffer.from([0x7f]))).toBe(false);
  });

  it('refuses a length of five bytes', () => {
    expect(new PacketSizeGuard(2 ** 30).pass(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 1]))).toBe(false);
  });

  it('allows the first packet less', () => {
    const small = Buffer.from([0x10, 10, ...Array(10).fill(0)]);
    const large = Buffer.from([0x30, 100, ...Array(100).fill(0)]);
    expect(new PacketSizeGuard(LIMIT, 50).pass(large)).toBe(false);
    expect(new PacketSizeGuard(LIMIT, 50).pass(Buffer.concat([small, large]))).toBe(true);
  });
});
