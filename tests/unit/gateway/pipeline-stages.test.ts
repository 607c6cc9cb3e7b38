import { describe, expect, it } from 'vitest';
import { atPaceOf } from '../../../src/gateway/pipeline-stages.js';

const options = { smoothingMs: 0, hysteresis: 0.1, dwellMs: 5000, silenceMs: 1000, heartbeatMs: 60_000 };

function model(target: string, strideSamples: number) {
  const classes = ['no', 'yes'];
  return {
    strideSamples,
    samplingRateHz: 50,
    targets: [{ name: target, output: target, classes, threshold: 0.5 }],
  };
}

describe(atPaceOf, () => {
  it('takes no device for silent before its next window is due', () => {
    const manifests = [model('accompanied', 64), model('accompanied', 100), model('conversation', 500)];
    expect(atPaceOf(options, manifests, 'accompanied')).toEqual({ ...options, silenceMs: 3000 });
  });

  it('leaves a longer silence as it is, and one of a target that no model has', () => {
    const long = { ...options, silenceMs: 15_000 };
    expect(atPaceOf(long, [model('accompanied', 64)], 'accompanied')).toEqual(long);
    expect(atPaceOf(options, [model('accompanied', 64)], 'other')).toEqual(options);
  });

  it('smooths over three windows at least, unless nothing is to be smoothed', () => {
    const smooth = { ...options, smoothingMs: 4000, silenceMs: 15_000 };
    const pace = (strideSamples: number) =>
      atPaceOf(smooth, [model('accompanied', strideSamples)], 'accompanied').smoothingMs;
    expect(pace(64)).toBe(4000);
    expect(pace(500)).toBe(30_000);
    expect(atPaceOf(options, [model('accompanied', 500)], 'accompanied').smoothingMs).toBe(0);
  });
});
