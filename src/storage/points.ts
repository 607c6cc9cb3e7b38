import type { StatusUpdate } from '../domain/status.js';
import type {
  ApparelPoint,
  CompanyPoint,
  CompanyUpdate,
  ResultBatch,
  Results,
  StatusPoint,
  StoredWindow,
  TimeRange,
} from '../domain/store.js';
import type { Prediction } from '../domain/window.js';
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

/** Longest model, target, class or label name that can be stored, UTF-16 units; bounded by the keys of the embedded store. */
export const MAX_NAME_LENGTH = 200;

/** Earliest and latest time that can be stored, ± milliseconds; InfluxDB's nanoseconds end in 2262. */
export const MAX_TIME_MS = 9e12;

/** A batch without the points that no store takes, and how many those were. */
export interface StorableBatch {
  readonly batch: ResultBatch;
  readonly refused: number;
  readonly refusedWindows: number;
}

/** Says why points were left out by {@link keepStorable}. */
export const UNSTORABLE =
  `not a finite number, a time beyond ±${MAX_TIME_MS} ms, ` +
  `or a name that is empty or longer than ${MAX_NAME_LENGTH} characters`;

/**
 * Leaves out what one of the stores could not keep (a NaN, a name too long for a key), so that all refuse the same points
 * and none fails on them.
 */
export function keepStorable(batch: ResultBatch): StorableBatch {
  const windows = batch.windows.filter(isStorableWindow);
  const statuses = batch.statuses.filter(isStorableStatus);
  const apparel = batch.apparel.filter(isStorableApparel);
  const company = batch.company.filter(isStorableCompany);
  const storable = { windows, statuses, apparel, company };
  return {
    batch: storable,
    refused: pointCount(batch) - pointCount(storable),
    refusedWindows: batch.windows.length - windows.length,
  };
}

/** The time under which a point is stored: whole microseconds, so that every store has the same keys. */
export function toMicroseconds(timeMs: number): number {
  return Math.round(timeMs * 1000);
}

/** Inverse of {@link toMicroseconds}; exact for milliseconds with at most 3 decimals. */
export function fromMicroseconds(timeMicroseconds: number): number {
  return timeMicroseconds / 1000;
}

/** A range in whole microseconds, half open like the range itself; bounds beyond what can be stored are moved there. */
export function toMicrosecondRange(range: TimeRange): { readonly from: number; readonly to: number } {
  return { from: clampedMicroseconds(range.fromMs), to: clampedMicroseconds(range.toMs) };
}

function clampedMicroseconds(timeMs: number): number {
  const limitMicroseconds = toMicroseconds(MAX_TIME_MS) + 1;
  return Math.max(-limitMicroseconds, Math.min(limitMicroseconds, toMicroseconds(timeMs)));
}

function isStorableWindow(window: StoredWindow): boolean {
  return (
    isName(window.model) &&
    isTime(window.startMs) &&
    isTime(window.endMs) &&
    Number.isFinite(window.coverage) &&
    Number.isFinite(window.meanDeltaMs) &&
    Number.isFinite(window.maxDeltaMs) &&
    Object.entries(window.probabilities).every(([name, value]) => isName(name) && Number.isFinite(value))
  );
}

function isStorableStatus(point: StatusPoint): boolean {
  return isName(point.target) && isTime(point.atMs) && Number.isFinite(point.confidence);
}

function isStorableApparel(point: ApparelPoint): boolean {
  const { label, atMs, probability, model } = point;
  return (
    isName(label) && isTime(atMs) && Number.isFinite(probability) && (model === undefined || isName(model))
  );
}

function isStorableCompany({ sinceMs, probability }: CompanyPoint): boolean {
  return isTime(sinceMs) && Number.isFinite(probability);
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= MAX_NAME_LENGTH;
}

function isTime(timeMs: number): boolean {
  return Math.abs(timeMs) <= MAX_TIME_MS;
}
