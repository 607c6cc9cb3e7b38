import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePoint,
  encodePoint,
  gather,
  loosen,
  POINT_KINDS,
  parseLoosePoint,
  tellsOf,
} from '../../../src/storage/point-codec.js';
import {
  deviceId,
  makeApparel,
  makeBatch,
  makeCompany,
  makeStatus,
  makeWindow,
  PHONE,
} from '../../helpers/make-results.js';

const samples = {
  windows: makeWindow(),
  statuses: makeStatus(),
  apparel: makeApparel(),
  company: makeCompany(),
};

describe('a point on the disk', () => {
  it.each(POINT_KINDS)('is read as it was written: %s', (kind) => {
    expect(decodePoint(kind, encodePoint(samples[kind]))).toEqual(samples[kind]);
  });

  it('keeps every number to the last bit, and every name', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    // Every name begins with its target's, which is a word.
    const name = fc.string({ unit: 'binary' }).map((className) => `activity.${className}`);
    const probabilities = fc.dictionary(name, number);
    fc.assert(
      fc.property(
        number,
        number,
        probabilities,
        fc.string({ unit: 'binary' }),
        (endMs, coverage, map, model) => {
          const window = makeWindow({ endMs, coverage, probabilities: { ...map }, model });
          // JSON knows no minus zero, and stores do not either.
          const expected = JSON.parse(JSON.stringify(window));
          expect(decodePoint('windows', encodePoint(window))).toEqual(expected);
        },
      ),
    );
  });

  it.each([
    ['no JSON', '{"device"'],
    ['another kind', JSON.stringify(makeStatus())],
    ['a device that is none', JSON.stringify({ ...makeWindow(), device: 'a/b' })],
    ['a number that is none', JSON.stringify({ ...makeWindow(), coverage: Number.NaN })],
    ['nothing', ''],
  ])('is none when it is %s', (_, text) => {
    expect(decodePoint('windows', Buffer.from(text))).toBeUndefined();
  });
});

describe(tellsOf, () => {
  it('finds the device of a point, and both of company', () => {
    const other = deviceId('phone-2');
    expect(POINT_KINDS.map((kind) => tellsOf(PHONE, samples[kind]))).toEqual([true, true, true, true]);
    expect(POINT_KINDS.map((kind) => tellsOf(other, samples[kind]))).toEqual([false, false, false, true]);
  });
});

describe('loose points', () => {
  it('make the batch again that they were taken from', () => {
    const batch = makeBatch({
      windows: [makeWindow(), makeWindow({ endMs: 5 })],
      statuses: [makeStatus()],
      apparel: [makeApparel()],
      company: [makeCompany()],
    });
    const loose = loosen(batch).map((point) => parseLoosePoint(JSON.parse(JSON.stringify(point))));
    expect(gather(loose.filter((point) => point !== undefined))).toEqual(batch);
  });

  it('are told from what is none', () => {
    expect(parseLoosePoint({ kind: 'windows', point: makeStatus() })).toBeUndefined();
    expect(parseLoosePoint({ kind: 'hats', point: makeWindow() })).toBeUndefined();
    expect(parseLoosePoint(undefined)).toBeUndefined();
  });
});
