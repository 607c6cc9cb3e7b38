import { describe, expect, it } from 'vitest';
import { decodeLabels } from '../../../../src/ingest/decode/labels.js';
import { accepted, addressed, RECEIVED_AT_MS } from './make-raw.js';

const labelsOf = (payload: unknown) => accepted(decodeLabels(addressed('labels', payload))).labels;

const AT_MS = RECEIVED_AT_MS - 60_000;

describe(decodeLabels, () => {
  it('takes a span', () => {
    expect(labelsOf({ fromMs: AT_MS, toMs: AT_MS + 1000, activity: 'walking', accompanied: true })).toEqual([
      {
        device: 'phone-1',
        fromMs: AT_MS,
        toMs: AT_MS + 1000,
        activity: 'walking',
        accompanied: true,
        conversation: null,
      },
    ]);
  });

  it('takes with whom somebody was: names, nobody, or not known any more', () => {
    for (const others of [['ben', 'eve'], [], null]) {
      expect(decodeLabels(addressed('labels', { atMs: AT_MS, with: others }))).toMatchObject({
        labels: [{ with: others, accompanied: null }],
      });
    }
  });

  it('takes a moment from which a label holds', () => {
    expect(labelsOf({ atMs: AT_MS, conversation: false })[0]).toMatchObject({
      fromMs: AT_MS,
      toMs: undefined,
      conversation: false,
    });
  });

  it('takes the time of arrival where there is none', () => {
    expect(labelsOf({ accompanied: null })[0]).toMatchObject({ fromMs: RECEIVED_AT_MS, accompanied: null });
  });

  it.each([
    {},
    { atMs: AT_MS },
    { fromMs: AT_MS + 1000, toMs: AT_MS, accompanied: true },
    { fromMs: AT_MS, accompanied: true },
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

  it.each([
    [{ atMs: 1e300 }, 'ahead'],
    [{ atMs: -1e300 }, '2000'],
    [{ fromMs: -1e300, toMs: 1e300 }, '2000'],
    [{ fromMs: AT_MS, toMs: RECEIVED_AT_MS + 2 * 86_400_000 }, 'ahead'],
    [{ fromMs: AT_MS - 40 * 86_400_000, toMs: AT_MS }, '31 days'],
  ])('refuses times that cannot be meant, in words: %j', (span, words) => {
    expect(decodeLabels(addressed('labels', { ...span, accompanied: true }))).toMatchObject({
      reason: 'wrong-shape',
      detail: expect.stringContaining(words),
    });
  });

  it.each([
    [{ accompanied: 'yes' }, 'accompanied must be true, false or null, got a value of type string'],
    [{ accompanied: true, conversation: [] }, 'conversation must be true, false or null, got an array'],
    [
      { with: ['ben', ''] },
      'with must be a list of at most 32 names of 1 to 128 characters or null, got an array',
    ],
    [{ activity: 5 }, 'activity must be a text of 1 to 64 characters or null, got a value of type number'],
  ])('says which part of %j is of the wrong kind', (label, detail) => {
    expect(decodeLabels(addressed('labels', label))).toMatchObject({ ok: false, detail });
  });

  it.each([
    [{ timeMs: AT_MS }, 'there is no timeMs here, but fromMs, toMs, atMs, '],
    [{ 'atms\n': AT_MS }, 'there is no atms? here, but fromMs, '],
    [{ fromMs: AT_MS, toMs: AT_MS + 1000, atMs: AT_MS }, 'atMs alone'],
  ])('refuses %j rather than pass over what was meant', (said, words) => {
    expect(decodeLabels(addressed('labels', { ...said, accompanied: true }))).toMatchObject({
      reason: 'wrong-shape',
      detail: expect.stringContaining(words),
    });
  });

  it('refuses what is not JSON', () => {
    expect(decodeLabels(addressed('labels', 'walking'))).toMatchObject({ ok: false, reason: 'not-json' });
  });
});
