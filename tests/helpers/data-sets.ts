import type { DataSet } from '../../src/training/motion/data/data-set.js';
import { createRandom } from '../../src/training/random.js';

export interface ToyOptions {
  readonly subjects: number;
  readonly windowsEach: number;
  readonly sizeSamples?: number;
  readonly seed?: number;
}

/**
 * Windows of three noisy channels; in windows of class "yes" the first channel oscillates. Every subject has its own
 * offset on the second one, and one recording of windows that follow each other.
 */
export function toyDataSet({ subjects, windowsEach, sizeSamples = 12, seed = 1 }: ToyOptions): DataSet {
  const random = createRandom(seed);
  const names = Array.from({ length: subjects }, (_, index) => `s${index + 1}`);
  const count = subjects * windowsEach;
  const labels = Int8Array.from({ length: count }, () => random.below(2));
  const lengthMs = sizeSamples * 20;
  const values = new Float32Array(count * sizeSamples * 3);
  for (let window = 0; window < count; window++) {
    for (let row = 0; row < sizeSamples; row++) {
      const at = (window * sizeSamples + row) * 3;
      values[at] = 100 + random.normal() * 5 + (labels[window] === 1 ? 30 * Math.sin(row * 1.5) : 0);
      values[at + 1] = Math.floor(window / windowsEach) * 10 + random.normal();
      values[at + 2] = random.normal();
    }
  }
  return {
    channels: ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'],
    sizeSamples,
    samplingRateHz: 50,
    accelerometerUnit: 'm/s2',
    count,
    values,
    gravityToRemove: undefined,
    subjectOf: Uint16Array.from({ length: count }, (_, window) => Math.floor(window / windowsEach)),
    subjects: names,
    recordingOf: Uint16Array.from({ length: count }, (_, window) => Math.floor(window / windowsEach)),
    recordings: names.map((subject, at) => ({
      id: `r${at + 1}`,
      subject,
      startMs: 0,
      labels: Array.from({ length: windowsEach }, (_, window) => ({
        fromMs: window * lengthMs,
        toMs: (window + 1) * lengthMs,
        activity: null,
        accompanied: null,
        conversation: labels[at * windowsEach + window] === 1,
      })),
    })),
    startMs: Float64Array.from({ length: count }, (_, window) => (window % windowsEach) * lengthMs),
    heads: [{ name: 'conversation', classes: ['no', 'yes'] }],
    labels: new Map([['conversation', labels]]),
    assumed: new Map(),
  };
}
