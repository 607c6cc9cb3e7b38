import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeName, encodeName, OWN_COLUMNS } from '../../../../src/storage/influx/influx-points.js';

describe('encodeName', () => {
  it('leaves ordinary names alone', () => {
    for (const name of ['accompanied', 'activity.walking', 'T-shirt', 'été', 'two words', 'a=b,c', "it's"]) {
      expect(encodeName(name)).toBe(name);
    }
  });

  it('never gives the name of a column of our own', () => {
    for (const name of OWN_COLUMNS) {
      expect(OWN_COLUMNS).not.toContain(encodeName(name));
      expect(decodeName(encodeName(name))).toBe(name);
    }
  });

  it('gives what the line protocol can carry, and can be undone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (name) => {
        const encoded = encodeName(name);
        expect(encoded).not.toMatch(/[\p{Cc}\\]/u);
        expect(decodeName(encoded)).toBe(name);
      }),
    );
  });

  it('gives different names for different names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a !== b);
        expect(encodeName(a)).not.toBe(encodeName(b));
      }),
    );
    expect(encodeName('%74ime')).not.toBe(encodeName('time'));
  });
});
