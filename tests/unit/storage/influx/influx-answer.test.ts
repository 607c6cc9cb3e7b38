import { describe, expect, it } from 'vitest';
import {
  answerSchema,
  apparelFrom,
  deviceFrom,
  rowsOf,
  statusFrom,
  windowFrom,
} from '../../../../src/storage/influx/influx-errors.js';
import { makeApparel, makeStatus, makeWindow, PHONE } from '../../../helpers/make-results.js';

describe('answers of InfluxDB', () => {
  it('may have no series at all', () => {
    expect(answerSchema.parse({ results: [{ statement_id: 0 }] })).toEqual({ results: [{ series: [] }] });
  });

  it('become rows, with the tags they were grouped by as columns', () => {
    const series = [
      { tags: { model: 'a' }, columns: ['time', 'x'], values: [[1, 2]] },
      { tags: { model: 'b' }, columns: ['time', 'x'], values: [[3, null]] },
    ];
    expect(rowsOf(series)).toEqual([
      { model: 'a', time: 1, x: 2 },
      { model: 'b', time: 3, x: null },
    ]);
  });

  it('become windows; fields that other windows have are no probabilities', () => {
    const row = {
      time: 1_700_000_002_560_000,
      device: 'phone-1',
      model: 'accompany-demo',
      start_ms: 1_700_000_000_000,
      coverage: 0.98,
      mean_delta_ms: 3.25,
      max_delta_ms: 11.5,
      accompanied: 0.91,
      conversation: 0.27,
      'activity.walking': null,
      '%74ime': 0.5,
    };
    expect(windowFrom(row, PHONE)).toEqual(
      makeWindow({ probabilities: { accompanied: 0.91, conversation: 0.27, time: 0.5 } }),
    );
  });

  it('become statuses and apparel', () => {
    const time = 1_700_000_002_560_000;
    expect(statusFrom({ time, status: 'yes', confidence: 0.88 }, PHONE, 'accompanied')).toEqual(makeStatus());
    expect(apparelFrom({ time, label: 'dress', probability: 0.7 }, PHONE)).toEqual(makeApparel());
  });

  it('are not believed when they are of another kind', () => {
    const row = { time: 1, status: 'maybe', confidence: 1 };
    expect(() => statusFrom(row, PHONE, 'accompanied')).toThrow(/yes/);
    expect(() => statusFrom({ ...row, status: '' }, PHONE, 'a')).toThrow();
    expect(() => statusFrom({ ...row, status: 3 }, PHONE, 'a')).toThrow(/string/);
    expect(statusFrom(row, PHONE, 'a').status).toBe('maybe');
    expect(() => statusFrom({ time: 'soon', status: 'yes', confidence: 1 }, PHONE, 'a')).toThrow(/number/);
  });

  it('name devices; what other programs wrote is left out', () => {
    expect(deviceFrom({ key: 'device', value: 'phone-1' })).toBe('phone-1');
    expect(deviceFrom({ key: 'device', value: 'no such/device' })).toBeUndefined();
  });
});
