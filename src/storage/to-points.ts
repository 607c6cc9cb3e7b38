import type { Prediction } from '../domain/prediction.js';
import type { StatusUpdate } from '../domain/status.js';
import type {
  CompanyPoint,
  CompanyUpdate,
  ResultBatch,
  Results,
  StatusPoint,
  StoredWindow,
} from '../domain/store.js';
import { isBinary, type TargetSpec } from '../inference/models/manifest.js';

/**
 * A prediction as it is stored and shown.
 *
 * @param targets of the model that made the prediction: they name the classes
 */
export function toStoredWindow(prediction: Prediction, targets: readonly TargetSpec[]): StoredWindow {
  return {
    device: prediction.device,
    model: prediction.model,
    startMs: prediction.startMs,
    endMs: prediction.endMs,
    coverage: prediction.coverage,
    meanDeltaMs: prediction.meanDeltaMs,
    maxDeltaMs: prediction.maxDeltaMs,
    probabilities: Object.fromEntries(targets.flatMap((target) => namedProbabilities(prediction, target))),
  };
}

/** Puts results together into one batch for a store. */
export function toBatch(results: readonly Results[]): ResultBatch {
  return {
    windows: results.flatMap((result) => result.windows),
    statuses: results.flatMap((result) => result.statuses.map(toStatusPoint)),
    apparel: results.flatMap((result) => result.apparel),
    company: results.flatMap((result) => result.company.map(toCompanyPoint)),
  };
}

/** How many points results make in a store. */
export function pointCount(results: Results | ResultBatch): number {
  const { windows, statuses, apparel, company } = results;
  return windows.length + statuses.length + apparel.length + company.length;
}

function toStatusPoint(update: StatusUpdate): StatusPoint {
  return {
    device: update.device,
    target: update.target,
    atMs: update.atMs,
    status: update.status,
    confidence: update.confidence,
  };
}

function toCompanyPoint({ atMs: _foundAtMs, ...point }: CompanyUpdate): CompanyPoint {
  return point;
}

function namedProbabilities(prediction: Prediction, target: TargetSpec): [string, number][] {
  const probabilities = prediction.probabilities[target.name] ?? [];
  const named = probabilities.map((probability, index): [string, number] => [
    `${target.name}.${target.classes[index]}`,
    probability,
  ]);
  const positive = probabilities[1];
  return isBinary(target) && positive !== undefined ? [[target.name, positive]] : named;
}
