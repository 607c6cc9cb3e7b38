import type { Prediction, SkippedWindow, SkipReason } from '../domain/prediction.js';
import type { SampleWindow } from '../domain/window.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import type { ModelOutputs } from './classifier.js';

/**
 * Reads one window's row out of a batch's outputs; `undefined` if the model answered with something that is no number.
 *
 * @param row the window's place in the batch
 */
export function toPrediction(
  window: SampleWindow,
  manifest: SequenceManifest,
  outputs: ModelOutputs,
  row: number,
): Prediction | undefined {
  const probabilities: Record<string, readonly number[]> = {};
  for (const { name, output, classes } of manifest.targets) {
    const from = row * classes.length;
    const values = Array.from(outputs[output]?.subarray(from, from + classes.length) ?? []);
    if (values.length !== classes.length || !values.every(Number.isFinite)) return undefined;
    probabilities[name] = values;
  }
  return {
    device: window.device,
    model: window.model,
    modelVersion: manifest.version,
    startMs: window.startMs,
    endMs: window.endMs,
    coverage: window.coverage,
    meanDeltaMs: window.meanDeltaMs,
    maxDeltaMs: window.maxDeltaMs,
    probabilities,
  };
}

export function toSkipped(window: SampleWindow, reason: SkipReason): SkippedWindow {
  const { device, model, startMs, endMs, coverage } = window;
  return { device, model, startMs, endMs, coverage, skipped: reason };
}
