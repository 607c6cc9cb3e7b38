import type { Recording } from '../../domain/recording.js';
import type { SequenceManifest } from '../../inference/models/manifest.js';
import { decide } from '../metrics.js';
import type { WindowsOf } from './data-set.js';
import { type EvaluationOptions, labelledWindows, predict, type RunModel } from './evaluate-model.js';

/** How alike two models of one manifest decide. */
export interface Agreement {
  readonly windows: number;
  /** Share of the windows in which both say the same class, by target. */
  readonly targets: ReadonlyMap<string, number>;
  /** Of any class of any window. */
  readonly largestDifference: number;
}

/**
 * Runs two models on the same windows, with the preparation they are served with.
 *
 * @throws GatewayError `TRAINING_FAILED` when no window has a label of one of the model's targets
 */
export async function compareDecisions(
  manifest: SequenceManifest,
  recordings: Iterable<Recording>,
  windowsOf: WindowsOf,
  [one, other]: readonly [RunModel, RunModel],
  options: EvaluationOptions,
): Promise<Agreement> {
  const { dataSet } = labelledWindows(manifest, recordings, windowsOf, options);
  const said = [
    await predict(dataSet, manifest, one, options),
    await predict(dataSet, manifest, other, options),
  ];
  let largestDifference = 0;
  const targets = manifest.targets.map(({ name, output, classes, threshold = 0.5 }) => {
    const [first, second] = said.map((outputs) => outputs.get(output) ?? new Float32Array());
    let same = 0;
    for (let window = 0; window < dataSet.count; window++) {
      const [ours, theirs] = [first, second].map((values) => [
        ...(values?.subarray(window * classes.length, (window + 1) * classes.length) ?? []),
      ]);
      if (ours === undefined || theirs === undefined) continue;
      if (decide(ours, threshold) === decide(theirs, threshold)) same += 1;
      const differences = ours.map((value, at) => Math.abs(value - (theirs[at] ?? 0)));
      largestDifference = Math.max(largestDifference, ...differences);
    }
    return [name, same / dataSet.count] as const;
  });
  return { windows: dataSet.count, targets: new Map(targets), largestDifference };
}
