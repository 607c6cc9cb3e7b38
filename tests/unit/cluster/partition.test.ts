import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeName,
  partitionOf,
  rememberedPartitions,
  unescapeName,
} from '../../../src/cluster/partition.js';
import { parseDeviceId } from '../../../src/domain/ids.js';

const deviceIds = fc
  .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/)
  .map(parseDeviceId)
  .filter((device) => device !== undefined);
const anyText = fc.string({ unit: 'binary' });

describe('partitionOf', () => {
  it('is FNV-1a of 32 bits, modulo the number of partitions', () => {
    const device = parseDeviceId('foobar');
    expect(device && partitionOf(device, 2 ** 32)).toBe(0xbf9cf968);
    expect(device && partitionOf(device, 64)).toBe(0xbf9cf968 % 64);
  });

  it('is a partition there is, of every name', () => {
    fc.assert(
      fc.property(deviceIds, fc.integer({ min: 1, max: 1024 }), (device, partitions) => {
        const partition = partitionOf(device, partitions);
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
      }),
    );
  });

  it('is the same when it is remembered, and when so many names came that it was forgotten', () => {
    const remembered = rememberedPartitions(64, 3);
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 5 }), (names) => {
        for (const name of [...names, ...names]) expect(remembered(name)).toBe(partitionOf(name, 64));
      }),
    );
  });

  it('spreads the names that a script gives to phones', () => {
    const counts = new Array<number>(16).fill(0);
    for (let index = 0; index < 1600; index += 1) {
      const device = parseDeviceId(`phone-${index}`);
      const partition = device === undefined ? 0 : partitionOf(device, 16);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(150);
  });
});

describe('names in subjects', () => {
  it('leave plain names as they are, and write dots and colons as bytes', () => {
    expect(escapeName('watch_7-left')).toBe('watch_7-left');
    expect(escapeName('lab.2:a')).toBe('lab=2E2=3Aa');
  });

  it('hold nothing that a subject or a key may not', () => {
    fc.assert(fc.property(anyText, (name) => void expect(escapeName(name)).toMatch(/^[-\w=]*$/)));
  });

  it('come back as they were', () => {
    fc.assert(fc.property(anyText, (name) => void expect(unescapeName(escapeName(name))).toBe(name)));
  });

  it.each(['a.b', 'a=2', 'a=2e', 'a=41', 'a=FF', '='])('refuse %s, which no name becomes', (token) => {
    expect(unescapeName(token)).toBeUndefined();
  });
});
