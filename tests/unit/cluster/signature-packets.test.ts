import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packSignatures, unpackSignatures } from '../../../src/cluster/signature-packets.js';
import { SIGNATURE_SIZE } from '../../../src/domain/company.js';
import { deviceId } from '../../helpers/make-results.js';

const row = fc.record({
  device: fc.constantFrom('a', 'phone.7', 'x:y', 'p'.repeat(64)).map(deviceId),
  endMs: fc.integer({ min: 0, max: 4_000_000_000 }).map((second) => second * 1000),
  values: fc
    .array(fc.oneof(fc.float(), fc.constant(Number.NaN)), {
      minLength: SIGNATURE_SIZE,
      maxLength: SIGNATURE_SIZE,
    })
    .map((values) => Float32Array.from(values)),
});

describe(packSignatures, () => {
  it('loses nothing, and takes 64 bytes a signature besides its name and second', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const packet = packSignatures(rows);
        expect(unpackSignatures(packet)).toEqual(rows);
        const names = rows.reduce((sum, { device }) => sum + device.length, 0);
        expect(packet.length).toBe(names + rows.length * (64 + 5));
      }),
    );
  });

  it('leaves out what is cut off, and everything after what is none', () => {
    const rows = [7000, 8000].map((endMs) => ({
      device: deviceId('anna'),
      endMs,
      values: new Float32Array(SIGNATURE_SIZE),
    }));
    const packet = packSignatures(rows);
    expect(unpackSignatures(packet.subarray(0, -1))).toEqual(rows.slice(0, 1));
    expect(unpackSignatures(Buffer.concat([Buffer.from([3]), Buffer.from('a b'), packet]))).toEqual([]);
  });
});
