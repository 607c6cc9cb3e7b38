import { describe, expect, it } from 'vitest';
import { decodeLabels } from '../../../src/decode/labels.js';
import { accepted, addressed, RECEIVED_AT_MS } from './make-raw.js';

const labelsOf = (payload: unknown) => accepted(decodeLabels(addressed('labels', payload))).labels;

describe(decodeLabels, () => {
  it('takes a span', () => {
    expect(labelsOf({ fromMs: 1000, toMs: 2000, activity: 'walking', accompanied: true })).toEqual([
      {
        device: 'phone-1',
        fromMs: 1000,
        toMs: 2000,
        activity: 'walking',
        accompanied: true,
        conversation: null,
      },
    ]);
  });

  it('takes a moment from which a label holds', () => {
    expect(labelsOf({ atMs: 1000, conversation: false })[0]).toMatchObject({
      fromMs: 1000,
      toMs: undefined,
      conversation: false,
    });
  });

  it('takes the time of arrival where there is none', () => {
    expect(labelsOf({ accompanied: null })[0]).toMatchObject({ fromMs: RECEIVED_AT_MS, accompanied: null });
  });

  it.each([
    {},
    { atMs: 1000 },
    { fromMs: 2000, toMs: 1000, accompanied: true },
    { fromMs: 2000, accompanied: true },
    { atMs: 'soon', accompanied: true },
    { accompanied: 'yes' },
    { conversation: 1 },
    { activity: '' },
    { activity: 'x'.repeat(65) },
    { activity: ['walking'] },
  ])('refuses %j', (payload) => {
    expect(decodeLabels(addressed('labels', payload))).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });

  it.each([
    [{ fromMs: 1_790_000_000, toMs: 1_790_000_060 }, 'fromMs looks like epoch seconds'],
    [{ atMs: 1_790_000_000e6 }, 'atMs looks like epoch microseconds'],
    [{ fromMs: 1_790_000_000e3, toMs: 1_790_000_060e6 }, 'toMs looks like epoch microseconds'],
  ])('refuses %j, whose times are in another unit', (times, words) => {
    const outcome = decodeLabels(addressed('labels', { ...times, accompanied: true }));
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'wrong-shape',
      detail: expect.stringContaining(words),
    });
  });

  it('refuses what is not JSON', () => {
    expect(decodeLabels(addressed('labels', 'walking'))).toMatchObject({ ok: false, reason: 'not-json' });
  });
});
