import { GatewayError } from '../../../shared/errors.js';
import type { DataSet } from '../data-set.js';
import { allWindows, describeProtocol, type Fold, type ProtocolOptions, splitsOf } from '../protocols.js';

/** Windows to adapt with, and windows of the same distribution to measure on. */
export interface NewSplit extends Pick<Fold, 'train' | 'test'> {
  readonly description: string;
}

/**
 * Holds out a share of the new subjects, or, where there is only one, the last share of each answer's windows: what one
 * person's own model is for. Windows that overlap held-out ones are then left out of training.
 *
 * @throws GatewayError `TRAINING_FAILED` when nothing is left to learn from or to measure on
 */
export function splitNew(dataSet: DataSet, options: ProtocolOptions): NewSplit {
  const several = dataSet.subjects.length > 1;
  const fold = several
    ? splitsOf(dataSet, 'holdout', options)[0]
    : lastOfEachAnswer(dataSet, options.testShare);
  if (fold === undefined || fold.train.length === 0 || fold.test.length === 0) {
    throw new GatewayError(
      'TRAINING_FAILED',
      `${dataSet.count} windows are too few to learn from some and measure on others; record longer`,
    );
  }
  const percent = Math.round(options.testShare * 100);
  const description = several
    ? describeProtocol('holdout', options)
    : `the last ${percent} % of each answer’s windows of the one subject`;
  return { ...fold, description };
}

function lastOfEachAnswer(dataSet: DataSet, testShare: number): Pick<Fold, 'train' | 'test'> {
  const byAnswer = new Map<string, number[]>();
  for (const index of allWindows(dataSet)) {
    const answer = dataSet.heads.map(({ name }) => dataSet.labels.get(name)?.[index]).join();
    byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), index]);
  }
  const test = [...byAnswer.values()].flatMap((indices) => {
    const inTime = indices.toSorted((a, b) => startOf(dataSet, a) - startOf(dataSet, b));
    return inTime.slice(Math.floor(inTime.length * (1 - testShare)));
  });
  const held = new Set(test);
  const lengthMs = (dataSet.sizeSamples * 1000) / dataSet.samplingRateHz;
  const overlaps = (a: number, b: number): boolean =>
    dataSet.recordingOf[a] === dataSet.recordingOf[b] &&
    Math.abs(startOf(dataSet, a) - startOf(dataSet, b)) < lengthMs;
  const train = allWindows(dataSet).filter(
    (index) => !held.has(index) && !test.some((other) => overlaps(index, other)),
  );
  return { train, test };
}

function startOf(dataSet: DataSet, index: number): number {
  return dataSet.startMs[index] ?? 0;
}
