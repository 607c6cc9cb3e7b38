import type { Prediction, SampleWindow, SkippedWindow, SkipReason, WindowOutcome } from '../domain/window.js';
import { type LaneSettings, type LaneWork, ModelLane, type ModelRun } from '../inference/model-lane.js';
import type { ModelLease, ModelOutputs } from '../inference/model-version.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import { prepareInput } from '../inference/models/prepare-input.js';

/** A batch whose windows are lost to a failure of the model. */
export interface BatchFailure {
  readonly model: string;
  readonly windows: number;
  readonly error: unknown;
}

/** A window that is settled, now or later, exactly once unless its lane is disposed of. */
export interface QueuedWindow {
  readonly window: SampleWindow;
  settle(outcome: WindowOutcome): void;
}

/** The way of windows through one version of one model. */
export type WindowLane = ModelLane<QueuedWindow, SequenceManifest>;

export interface WindowLaneReports extends Pick<LaneWork<QueuedWindow>, 'onCongested'> {
  onBatch(run: ModelRun): void;
  onFailed(failure: BatchFailure): void;
}

export function createWindowLane(
  lease: ModelLease,
  reports: WindowLaneReports,
  settings: LaneSettings,
): WindowLane {
  return new ModelLane(lease, windowWork(lease.classifier.manifest, reports), settings);
}

/** Puts a window into its lane, or settles it as skipped. */
export function pushWindow(
  lane: WindowLane,
  queued: QueuedWindow,
  onFailed: WindowLaneReports['onFailed'],
): void {
  const { window, settle } = queued;
  const { length } = window.values;
  if (length !== lane.itemLength) {
    const error = new RangeError(`window of ${length} values for a model that takes ${lane.itemLength}`);
    onFailed({ model: window.model, windows: 1, error });
    settle(toSkipped(window, 'model-failed'));
  } else if (!lane.push(queued)) {
    settle(toSkipped(window, 'queue-full'));
  }
}

function windowWork(
  manifest: SequenceManifest,
  { onBatch, onFailed, onCongested }: WindowLaneReports,
): LaneWork<QueuedWindow> {
  const fail = (windows: number, error: unknown): void => onFailed({ model: manifest.name, windows, error });
  return {
    ...(onCongested && { onCongested }),
    write: ({ window }, target, offset) => prepareInput(window, manifest, target, offset),
    onRun: (run, items, outputs) => {
      onBatch(run);
      let senseless = 0;
      for (const [index, { window, settle }] of items.entries()) {
        const prediction = toPrediction(window, manifest, outputs, index);
        if (prediction === undefined) senseless += 1;
        settle(prediction ?? toSkipped(window, 'model-failed'));
      }
      if (senseless > 0)
        fail(senseless, new RangeError('the model answered with values that are no finite numbers'));
    },
    onFailed: (items, error) => {
      fail(items.length, error);
      for (const { window, settle } of items) settle(toSkipped(window, 'model-failed'));
    },
  };
}

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
    ...(window.isAgain && { isAgain: true }),
  };
}

export function toSkipped(window: SampleWindow, reason: SkipReason): SkippedWindow {
  const { device, model, startMs, endMs, coverage } = window;
  return { device, model, startMs, endMs, coverage, skipped: reason };
}
