import { describe, expect, it } from 'vitest';
import type { SensorKind } from '../../../src/domain/samples.js';
import type { SkipReason } from '../../../src/domain/window.js';
import {
  type DeviceEvidence,
  type ModelNeeds,
  type UnknownMoment,
  whyUnknown,
} from '../../../src/stream/why-unknown.js';

const NOW_MS = 1_000_000;
const MODEL: ModelNeeds = {
  name: 'company',
  windowMs: 2500,
  strideMs: 1250,
  sensors: [[['accelerometer'], ['linear-acceleration', 'gravity']], [['gyroscope']], [['magnetometer']]],
};
const MOMENT: UnknownMoment = {
  nowMs: NOW_MS,
  silenceMs: 15_000,
  dwellMs: 5000,
  latenessMs: 2000,
  storeProblem: undefined,
  isHearing: true,
};

function sending(
  streams: readonly SensorKind[],
  { forMs = 600_000, outcome }: { forMs?: number; outcome?: SkipReason | 'predicted' } = {},
): DeviceEvidence {
  const skipped = outcome === 'predicted' ? undefined : outcome;
  return {
    sendingSinceMs: NOW_MS - forMs,
    lastUsableMs: NOW_MS - 500,
    streamsSeenMs: new Map(streams.map((stream) => [stream, NOW_MS - 500])),
    outcomes: new Map(outcome === undefined ? [] : [[MODEL.name, skipped]]),
  };
}

const WHOLE: readonly SensorKind[] = ['accelerometer', 'gyroscope', 'magnetometer'];
const why = (device: DeviceEvidence | undefined, moment: Partial<UnknownMoment> = {}) =>
  whyUnknown('accompanied', MODEL, device, { ...MOMENT, ...moment });

describe(whyUnknown, () => {
  it('says that no model tells the target, whatever the device sends', () => {
    const { code, text } = whyUnknown('accompanied', undefined, sending(WHOLE), MOMENT);
    expect(code).toBe('no-model');
    expect(text).toContain('models.active');
  });

  it('names the sensors that the device does not send, and the model that needs them', () => {
    expect(why(sending(['accelerometer', 'gyroscope'], { outcome: 'low-coverage' }))).toMatchObject({
      code: 'missing-sensor',
      sensors: ['magnetometer'],
      text: expect.stringMatching(/no magnetometer, which the model company needs/),
    });
    expect(why(sending([])).sensors).toEqual(['accelerometer', 'gyroscope', 'magnetometer']);
  });

  it('takes a sensor in any of its ways, but not half of one', () => {
    const rest = ['gyroscope', 'magnetometer'] as const;
    expect(why(sending(['linear-acceleration', 'gravity', ...rest], { outcome: 'predicted' })).code).toBe(
      'undecided',
    );
    expect(why(sending(['gravity', ...rest])).sensors).toEqual(['accelerometer']);
  });

  it('misses a sensor that was switched off on the way', () => {
    const device = sending(WHOLE, { outcome: 'low-coverage' });
    const before = new Map(device.streamsSeenMs).set('magnetometer', NOW_MS - 60_000);
    expect(why({ ...device, streamsSeenMs: before })).toMatchObject({
      code: 'missing-sensor',
      sensors: ['magnetometer'],
    });
  });

  it.each([
    ['low-coverage', 'low-coverage'],
    ['queue-full', 'queue-full'],
    ['model-failed', 'model-failed'],
    ['predicted', 'undecided'],
  ] as const)('after a window that was %s it says %s', (outcome, code) => {
    expect(why(sending(WHOLE, { outcome })).code).toBe(code);
  });

  it('asks for patience while no status can be expected yet, and then looks for another reason', () => {
    const neededMs = 2500 + 1250 + 2000 + 5000;
    expect(why(sending(WHOLE, { forMs: neededMs, outcome: 'predicted' }))).toMatchObject({
      code: 'too-new',
      text: expect.stringContaining('11 s'),
    });
    expect(why(sending(WHOLE, { forMs: neededMs + 1 })).code).toBe('low-coverage');
  });

  it.each([
    [119_000, '119 s'],
    [508_000, '8 min'],
    [7_300_000, '2 h'],
    [345_600_000, '4 days'],
  ])('tells a silence of %i ms as %s', (lengthMs, words) => {
    const nowMs = NOW_MS + lengthMs;
    expect(why({ ...sending(WHOLE), lastUsableMs: NOW_MS }, { nowMs }).text).toContain(`for ${words}.`);
  });

  it('tells silence from a store that takes nothing and from a broker that is away', () => {
    const silent = { ...sending(WHOLE), lastUsableMs: NOW_MS - 15_001 };
    expect(why(silent)).toMatchObject({ code: 'silence', text: expect.stringContaining('15 s') });
    expect(why(undefined).code).toBe('silence');
    expect(why(silent, { isHearing: false }).text).toContain('broker');
    expect(why(silent, { storeProblem: 'disk full' })).toMatchObject({
      code: 'store',
      text: expect.stringContaining('disk full'),
    });
    expect(why({ ...silent, lastUsableMs: NOW_MS - 15_000 }).code).not.toBe('silence');
  });

  it('says when messages come and nothing of them can be used', () => {
    const device = { ...sending([]), lastUsableMs: Number.NEGATIVE_INFINITY };
    expect(why(device)).toMatchObject({
      code: 'silence',
      text: expect.stringContaining('none of their samples'),
    });
  });
});
