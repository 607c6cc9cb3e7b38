import { describe, expect, it } from 'vitest';
import {
  type SpectraSizes,
  spectraFeatureCount,
  spectraFeatures,
} from '../../../../../src/training/motion/network/spectra.js';
import { GraphBuilder } from '../../../../../src/training/onnx/graph-builder.js';
import { randomNormal } from '../../../../helpers/networks.js';
import { loadOnnx } from '../../../../helpers/run-onnx.js';

const WINDOWS = 3;
const sizes: SpectraSizes = { sizeSamples: 40, channels: 6, spectra: { segmentSamples: 16, units: 1 } };

async function featuresOf(values: Float32Array, of = sizes): Promise<number[][]> {
  const graph = new GraphBuilder();
  const window = graph.input('window', ['batch', of.sizeSamples, of.channels]);
  graph.output('features', spectraFeatures(graph, window, of));
  const model = { graph: graph.build('spectra'), opset: 17, producer: 'alongside', metadata: {} };
  await using session = await loadOnnx(model);
  const count = values.length / (of.sizeSamples * of.channels);
  const { features } = await session.run({
    window: { dims: [count, of.sizeSamples, of.channels], data: values },
  });
  const width = spectraFeatureCount(of);
  expect(features?.dims).toEqual([count, width]);
  const all = Array.from(features?.data ?? [], Number);
  return Array.from({ length: count }, (_, row) => all.slice(row * width, (row + 1) * width));
}

/** Power of one frequency of a segment, by the definition. */
function powerOf(segment: readonly number[], turns: number): number {
  const mean = segment.reduce((sum, value) => sum + value, 0) / segment.length;
  let [real, imaginary] = [0, 0];
  segment.forEach((value, at) => {
    const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / (segment.length - 1));
    real += hann * (value - mean) * Math.cos((2 * Math.PI * turns * at) / segment.length);
    imaginary += hann * (value - mean) * Math.sin((2 * Math.PI * turns * at) / segment.length);
  });
  return real ** 2 + imaginary ** 2 + 1e-3;
}

/** Channels, then magnitudes, of one window. */
function signalsOf(values: Float32Array, window: number): number[][] {
  const { sizeSamples, channels } = sizes;
  const at = (row: number, channel: number): number =>
    values[(window * sizeSamples + row) * channels + channel] ?? Number.NaN;
  const over = (signal: (row: number) => number): number[] =>
    Array.from({ length: sizeSamples }, (_, r) => signal(r));
  return [
    ...Array.from({ length: channels }, (_, channel) => over((row) => at(row, channel))),
    ...[0, 3].map((first) =>
      over((row) => Math.hypot(at(row, first), at(row, first + 1), at(row, first + 2))),
    ),
  ];
}

describe('spectraFeatures', () => {
  it('are the powers that the definition gives, of channels and magnitudes', async () => {
    const values = randomNormal(WINDOWS * sizes.sizeSamples * sizes.channels, 5);
    const features = await featuresOf(values);
    for (let window = 0; window < WINDOWS; window++) {
      const signals = signalsOf(values, window);
      const turns = [1, 2, 3, 4, 5, 6, 7, 8];
      const segments = (signal: readonly number[]): number[][] =>
        [0, 8, 16, 24].map((from) => signal.slice(from, from + 16));
      const powers = turns.flatMap((turn) =>
        signals.map((signal) => segments(signal).map((segment) => powerOf(segment, turn))),
      );
      const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
      const expected = [
        ...powers.map((of) => Math.log(mean(of))),
        ...powers.map((of) => {
          const logs = of.map(Math.log);
          return Math.sqrt(mean(logs.map((value) => (value - mean(logs)) ** 2)));
        }),
        ...Array.from({ length: 12 }, (_, turn) =>
          signals.map((signal) => Math.log(powerOf(signal, turn + 1))),
        ).flat(),
      ];
      expect(features[window]).toEqual(expected.map((value) => expect.closeTo(value, 2)));
    }
  });

  it('are numbers for a window without movement or sensor, and do not see the level', async () => {
    const still = new Float32Array(sizes.sizeSamples * sizes.channels);
    const level = still.map((_, at) => (at % sizes.channels) + 1);
    const features = await featuresOf(Float32Array.from([...still, ...level]));
    expect(features.flat().every(Number.isFinite)).toBe(true);
    expect(features[1]).toEqual(features[0]?.map((value) => expect.closeTo(value, 1)));
  });

  it('say the same of a window in whatever batch it is', async () => {
    const values = randomNormal(2 * sizes.sizeSamples * sizes.channels, 8);
    const [first] = await featuresOf(values.slice(0, values.length / 2));
    const [, second] = await featuresOf(
      Float32Array.from([...values.slice(values.length / 2), ...values.slice(0, values.length / 2)]),
    );
    expect(second).toEqual(first?.map((value) => expect.closeTo(value, 5)));
  });

  it('take channels that are no sensor of three axes as they are', async () => {
    const two: SpectraSizes = { sizeSamples: 12, channels: 2, spectra: { segmentSamples: 12, units: 1 } };
    const [features] = await featuresOf(randomNormal(24, 3), two);
    expect(features).toHaveLength(2 * (2 * 6 + 5));
    // One segment does not change from segment to segment.
    expect(features?.slice(12, 24)).toEqual(Array(12).fill(0));
  });
});
