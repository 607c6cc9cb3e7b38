import { METHOD_NAMES } from '../training/motion/baselines/baseline.js';
import type { DataSet } from '../training/motion/data-set.js';
import type { Measurement } from '../training/motion/train-model.js';
import { measurementJson } from '../training/report/report-json.js';
import type { CliContext } from './context.js';

/** Tells how good the model is: in words, and with `--json` as one object. */
export function reportTraining(
  context: CliContext,
  flags: { readonly out: string; readonly json?: boolean },
  dataSet: DataSet,
  measurements: readonly Measurement[],
): void {
  for (const line of measurements.flatMap(linesOf)) context.note(line);
  if (flags.json !== true) return;
  context.print(
    JSON.stringify({
      model: flags.out,
      windows: dataSet.count,
      subjects: dataSet.subjects.length,
      protocols: Object.fromEntries(
        measurements.map((measurement) => [measurement.protocol, measurementJson(measurement)]),
      ),
    }),
  );
}

function linesOf({ description, folds, completedFolds, figures, baselines }: Measurement): string[] {
  const stopped = completedFolds < folds ? `; stopped after ${completedFolds} of ${folds} folds` : '';
  return [...figures].map(([target, { pooled, majority }]) => {
    const others = [...baselines].map(([name, byTarget]) => {
      const balanced = byTarget.get(target)?.pooled.balancedAccuracy;
      return `, ${METHOD_NAMES[name]} ${balanced?.toFixed(3)}`;
    });
    return (
      `${target}, ${description}: balanced accuracy ${pooled.balancedAccuracy.toFixed(3)} ` +
      `(${METHOD_NAMES.majority} ${majority.balancedAccuracy.toFixed(3)}${others.join('')}), ` +
      `accuracy ${pooled.accuracy.toFixed(3)}${stopped}`
    );
  });
}
