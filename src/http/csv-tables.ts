import type { ApparelInterval } from '../domain/image.js';
import type { StatusInterval } from '../domain/status.js';
import type { StoredWindow } from '../domain/store.js';
import { isBinary, type SequenceManifest, statusesOf } from '../inference/models/manifest.js';
import { type Cell, isoTime } from './csv.js';

export const TIMELINE_HEADER = [
  ...['from_utc', 'to_utc', 'duration_s', 'device', 'target', 'status', 'confidence'],
  ...['reason', 'reason_text', 'label', 'classes'],
];

/** What a line of a timeline is made of. */
export interface TimelineTable {
  readonly device: string;
  readonly target: string;
  readonly intervals: readonly (StatusInterval & Partial<Pick<ApparelInterval, 'label' | 'labels'>>)[];
  /** Statuses that the target may have. */
  readonly statuses: readonly string[];
}

export function* timelineRows({ device, target, intervals, statuses }: TimelineTable): Generator<Cell[]> {
  for (const { fromMs, toMs, status, confidence, reason, label, labels } of intervals) {
    const span = [isoTime(fromMs), isoTime(toMs), (toMs - fromMs) / 1000];
    yield [
      ...span,
      device,
      target,
      status,
      confidence,
      reason?.code,
      reason?.text,
      labels?.join(' | ') ?? label,
      statuses.join(' | '),
    ];
  }
}

/** Statuses that a target may have: those of the first model that tells it, else those that were said. */
export function possibleStatuses(
  target: string,
  models: readonly SequenceManifest[],
  said: readonly Pick<StatusInterval, 'status'>[],
): string[] {
  const spec = models.flatMap(({ targets }) => targets).find(({ name }) => name === target);
  return spec === undefined ? [...new Set(said.map(({ status }) => status))].sort() : statusesOf(spec);
}

const WINDOW_COLUMNS = [
  'start_utc',
  'end_utc',
  'device',
  'model',
  'coverage',
  'mean_delta_ms',
  'max_delta_ms',
];

export function windowHeader(names: readonly string[]): string[] {
  return [...WINDOW_COLUMNS, ...names.map((name) => `probability_${name}`), 'other_probabilities'];
}

/** @param names of probabilities that have a column; others share the last one */
export async function* windowRows(
  pages: AsyncIterable<readonly StoredWindow[]> | Iterable<readonly StoredWindow[]>,
  names: readonly string[],
): AsyncGenerator<Cell[]> {
  for await (const page of pages) for (const window of page) yield windowRow(window, names);
}

function windowRow(window: StoredWindow, names: readonly string[]): Cell[] {
  const { startMs, endMs, device, model, coverage, meanDeltaMs, maxDeltaMs, probabilities } = window;
  const others = Object.entries(probabilities).filter(([name]) => !names.includes(name));
  return [
    ...[isoTime(startMs), isoTime(endMs), device, model, coverage, meanDeltaMs, maxDeltaMs],
    ...names.map((name) => probabilities[name]),
    others.map(([name, value]) => `${name} ${value}`).join('; '),
  ];
}

/** Names under which models' probabilities are stored, and those of windows of models that are gone. */
export function probabilityNames(
  models: readonly SequenceManifest[],
  windows: readonly StoredWindow[],
): string[] {
  const told = models.flatMap(({ targets }) =>
    targets.flatMap((target) =>
      isBinary(target) ? [target.name] : target.classes.map((name) => `${target.name}.${name}`),
    ),
  );
  return [...new Set([...told, ...windows.flatMap(({ probabilities }) => Object.keys(probabilities))])];
}
