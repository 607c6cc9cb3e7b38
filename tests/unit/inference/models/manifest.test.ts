import { describe, expect, it } from 'vitest';
import {
  isBinary,
  manifestSchema,
  type SequenceManifest,
  targetsWithoutFilter,
} from '../../../../src/inference/models/manifest.js';
import { tinyManifest } from '../../../helpers/tiny-model.js';

const IMAGE = {
  name: 'apparel',
  version: '1',
  kind: 'image',
  file: 'model.onnx',
  sha256: '0'.repeat(64),
  provenance: tinyManifest().provenance,
  input: 'image',
  layout: 'nhwc',
  widthPixels: 224,
  heightPixels: 224,
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
  output: 'label',
  classes: ['shirt', 'shoe'],
};

/** Problems of a manifest, as `path: message`. */
function problemsOf(manifest: unknown): string[] {
  const result = manifestSchema.safeParse(manifest);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('manifestSchema', () => {
  it('accepts sequence and image models', () => {
    expect(problemsOf(tinyManifest())).toEqual([]);
    expect(problemsOf(IMAGE)).toEqual([]);
  });

  it('fills in what is usual', () => {
    const { accelerometerUnit, centre, targets, ...rest } = tinyManifest();
    const given = { ...rest, targets: targets.map(({ threshold, ...target }) => target) };
    expect(manifestSchema.parse(given)).toMatchObject({
      accelerometerUnit: 'm/s2',
      centre: 'none',
      targets: [{ threshold: 0.5 }],
    });
    expect([accelerometerUnit, centre, targets[0]?.threshold]).toEqual(['m/s2', 'none', 0.5]);
  });

  it('refuses a filter that does not fit the classes, or cannot be one', () => {
    const filter = {
      calibration: [
        { slope: 1, bias: 0 },
        { slope: 1, bias: 0 },
      ],
      shares: [0.5, 0.5],
      meanDurationMs: 600_000,
      independentMs: 40_000,
      certainty: [0.9, 0.9],
    };
    const withFilter = (changes: object): unknown => ({
      ...tinyManifest(),
      targets: tinyManifest().targets.map((target) => ({ ...target, filter: { ...filter, ...changes } })),
    });
    expect(problemsOf(withFilter({}))).toEqual([]);
    const uncalibrated = withFilter({ calibration: undefined });
    expect(problemsOf(uncalibrated)).toEqual([]);
    expect(targetsWithoutFilter(manifestSchema.parse(uncalibrated))).toEqual(['accompanied']);
    expect(targetsWithoutFilter(manifestSchema.parse(withFilter({})))).toEqual([]);
    expect(problemsOf(withFilter({ shares: [0.2, 0.3, 0.5] }))).toEqual([
      'targets.0.filter.shares: has 3 values for 2 classes',
    ]);
    expect(problemsOf(withFilter({ calibration: [{ slope: 1, bias: 0 }] }))).toEqual([
      'targets.0.filter.calibration: has 1 values for 2 classes',
    ]);
    expect(problemsOf(withFilter({ shares: [0.2, 0.3] }))).toEqual([
      'targets.0.filter.shares: must sum to 1',
    ]);
    for (const wrong of [
      { certainty: [0.4, 0.9] },
      { certainty: [0.9, 1] },
      { meanDurationMs: 0 },
      { shares: [0, 1] },
    ])
      expect(problemsOf(withFilter(wrong))).not.toEqual([]);
  });

  it('fills in what is usual of an image model', () => {
    expect(manifestSchema.parse(IMAGE)).toMatchObject({
      resize: 'stretch',
      channelOrder: 'rgb',
      scores: 'probabilities',
    });
  });

  it('refuses an image model that names a class twice', () => {
    expect(problemsOf({ ...IMAGE, classes: ['shoe', 'shoe'] })).toEqual(['classes: names a class twice']);
  });

  it.each<[string, Partial<Record<keyof SequenceManifest | 'rate', unknown>>]>([
    ['mean: has 2 values for 3 channels', { mean: [0, 0] }],
    ['std: has 4 values for 3 channels', { std: [1, 1, 1, 1] }],
    ['knee: has 1 values for 3 channels', { knee: [1] }],
    ['channels: names a channel twice', { channels: ['accelerometer.x', 'gyroscope.x', 'gyroscope.x'] }],
    [
      'channels.0: sensor.axis, for example accelerometer.x',
      { channels: ['barometer.x', 'gyroscope.x', 'gyroscope.y'] },
    ],
    ['targets: names a target twice', { targets: [0, 1].map(() => tinyManifest().targets[0]) }],
    ['file: a file name inside the model folder, without a path', { file: '../model.onnx' }],
    ['sha256: SHA-256 of the file, 64 lower-case hex digits', { sha256: 'abc' }],
    ['weights.weights.bin: SHA-256, 64 lower-case hex digits', { weights: { 'weights.bin': 'abc' } }],
    ['name: lower-case letters, digits and "-", at most 64', { name: 'My Model' }],
    [': Unrecognized key: "rate"', { rate: 50 }],
  ])('says: %s', (problem, change) => {
    expect(problemsOf({ ...tinyManifest(), ...change })).toEqual([problem]);
  });

  it.each([
    'std',
    'samplingRateHz',
    'sizeSamples',
    'strideSamples',
    'gravity',
    'input',
    'provenance',
  ] as const)('has no silent default for %s', (key) => {
    const { [key]: _, ...without } = tinyManifest();
    expect(problemsOf(without)).toHaveLength(1);
  });

  it('lists every problem at once', () => {
    expect(
      problemsOf({ ...tinyManifest(), sizeSamples: 0, version: '', mean: [1], kind: 'sequence' }).length,
    ).toBeGreaterThan(1);
  });
});

describe(isBinary, () => {
  it('is true of two classes', () => {
    const target = { name: 'activity', output: 'activity', threshold: 0.5 };
    expect(isBinary({ ...target, classes: ['no', 'yes'] })).toBe(true);
    expect(isBinary({ ...target, classes: ['sit', 'walk', 'run'] })).toBe(false);
  });
});
