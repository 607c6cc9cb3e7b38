import { describe, expect, it } from 'vitest';
import { parseDeviceId } from '../../../../src/domain/ids.js';
import type { Recording } from '../../../../src/domain/recording.js';
import type { SampleWindow } from '../../../../src/domain/window.js';
import type { UnknownAs } from '../../../../src/training/motion/data/window-labels.js';
import { evaluateModel } from '../../../../src/training/motion/evaluate-model.js';
import { createRandom } from '../../../../src/training/random.js';
import { tinyManifest } from '../../../helpers/tiny-model.js';

const SIZE_SAMPLES = 8;
const BLOCK_MS = 160;
const manifest = tinyManifest({
  sizeSamples: SIZE_SAMPLES,
  strideSamples: SIZE_SAMPLES,
  channels: ['x', 'y', 'z'].map((axis) => `accelerometer.${axis}`),
  mean: [0, 0, 0],
  std: [1, 1, 1],
  targets: [{ name: 'conversation', output: 'conversation', classes: ['no', 'yes'], threshold: 0.5 }],
});

/** Twelve blocks a person: talking (loud), quiet (still), and singing (loud as well, without a label). */
function recordingOf(subject: string): Recording {
  const labels = Array.from({ length: 12 }, (_, block) => ({
    fromMs: block * BLOCK_MS,
    toMs: (block + 1) * BLOCK_MS,
    activity: 'seated',
    accompanied: null,
    conversation: [true, false, null][block % 3] ?? null,
    detail: ['talking', 'quiet', 'singing'][block % 3],
  }));
  return { id: subject, subject, device: '', startMs: 0, sensors: [], labels };
}

function* windowsOf(recording: Recording): Generator<SampleWindow> {
  const random = createRandom(recording.subject.length);
  const device = parseDeviceId('recording');
  if (device === undefined) throw new Error('no device');
  for (const { fromMs, toMs, detail } of recording.labels) {
    const loudness = detail === 'quiet' ? 0.1 : 1;
    const values = Float32Array.from({ length: SIZE_SAMPLES * 3 }, () => loudness * random.normal());
    const times = { startMs: fromMs, endMs: toMs, coverage: 1, meanDeltaMs: 0, maxDeltaMs: 0 };
    yield { device, model: 'tiny', values, gravityToRemove: undefined, ...times };
  }
}

/** Calls everything loud talk. */
function run(batch: Float32Array, count: number): Promise<Record<string, Float32Array>> {
  const length = SIZE_SAMPLES * 3;
  const told = Array.from({ length: count }, (_, at) => {
    const loudest = Math.max(...batch.subarray(at * length, (at + 1) * length).map(Math.abs));
    return loudest > 0.6 ? [0.1, 0.9] : [0.9, 0.1];
  });
  return Promise.resolve({ conversation: Float32Array.from(told.flat()) });
}

async function evaluated(people: number, unknownAs?: UnknownAs) {
  const subjects = Array.from({ length: people }, (_, at) => 's'.repeat(at + 1));
  return await evaluateModel(manifest, subjects.map(recordingOf), windowsOf, run, {
    batchSize: 16,
    labelShare: 0.5,
    minCoverage: 0.75,
    onProgress: () => undefined,
    ...(unknownAs && { unknownAs }),
    signal: new AbortController().signal,
  });
}

describe('evaluateModel', () => {
  it('leaves out windows without a label', async () => {
    const { windows, assumed, targets } = await evaluated(12);
    expect([windows, assumed]).toEqual([12 * 8, 0]);
    expect(targets.get('conversation')?.balancedAccuracy).toBe(1);
  });

  it('counts them as no on request, and says how many they are', async () => {
    const { windows, assumed, targets } = await evaluated(12, 'no');
    expect([windows, assumed]).toEqual([12 * 12, 12 * 4]);
    expect(targets.get('conversation')?.balancedAccuracy).toBe(0.75);
    expect(targets.get('conversation')?.confusion).toEqual([
      [48, 48],
      [0, 48],
    ]);
  });

  it('says what the figures come to', async () => {
    const verdict = (await evaluated(12)).targets.get('conversation')?.verdict;
    expect(verdict).toMatchObject({ people: 12, isEnough: true });
    expect(verdict?.text).toMatch(/the best baseline, .* 12 people are enough/);
    const one = (await evaluated(1)).targets.get('conversation')?.verdict;
    expect(one).toMatchObject({ baseline: 'majority vote', interval: null, isEnough: false });
  });
});
