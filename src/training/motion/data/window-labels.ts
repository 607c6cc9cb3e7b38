import type { Recording, RecordingLabel } from '../../../domain/recording.js';
import type { SampleWindow } from '../../../domain/window.js';

/** What a head can learn from a recording's labels. */
export const LABEL_KINDS = ['accompanied', 'conversation', 'activity', 'detail'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Activities that say that nobody knows: no class of a model is called so. */
const NOT_SAID: ReadonlySet<string> = new Set(['', 'unlabelled', 'unknown']);

/** Window times are whole microseconds. */
const TIME_STEP_MS = 0.001;

/** Classes of the binary labels, negative first. */
export const BINARY_CLASSES: readonly [string, string] = ['no', 'yes'];

/** What time without a yes-or-no label means: nothing, or `no`. */
export const UNKNOWN_AS = ['left-out', 'no'] as const;
export type UnknownAs = (typeof UNKNOWN_AS)[number];

/** Labels of a recording, on its clock. */
type LabelledTime = Pick<Recording, 'startMs' | 'labels'>;
type WindowTime = Pick<SampleWindow, 'startMs' | 'endMs'>;

/** A label of a window; assumed where nobody gave it. */
export interface WindowLabel {
  readonly text: string;
  readonly isAssumed: boolean;
}

/** The label that holds for more than `minShare` of a window (at 1: for all of it), or `undefined`. */
export function labelOfWindow(
  recording: LabelledTime,
  window: WindowTime,
  kind: LabelKind,
  minShare: number,
  unknownAs: UnknownAs = 'left-out',
): WindowLabel | undefined {
  const durations = durationsIn(recording, window, kind);
  const neededMs = minShare * (window.endMs - window.startMs);
  const holds = (durationMs: number): boolean =>
    minShare < 1 ? durationMs > neededMs : durationMs > neededMs - TIME_STEP_MS;
  const found = [...durations].find(([, durationMs]) => holds(durationMs));
  if (found !== undefined) return { text: found[0], isAssumed: false };
  if (unknownAs === 'left-out' || !isYesOrNo(kind)) return undefined;
  const labelledMs = [...durations.values()].reduce((sum, durationMs) => sum + durationMs, 0);
  const isUnlabelled = holds(window.endMs - window.startMs - labelledMs);
  return isUnlabelled ? { text: BINARY_CLASSES[0], isAssumed: true } : undefined;
}

/** Whether a label begins or ends inside a window. */
export function crossesBorder(recording: LabelledTime, window: WindowTime): boolean {
  const fromMs = window.startMs - recording.startMs;
  const toMs = window.endMs - recording.startMs;
  const isInside = (timeMs: number): boolean =>
    timeMs > fromMs + TIME_STEP_MS && timeMs < toMs - TIME_STEP_MS;
  return recording.labels.some((label) => isInside(label.fromMs) || isInside(label.toMs));
}

function isYesOrNo(kind: LabelKind): boolean {
  return kind === 'accompanied' || kind === 'conversation';
}

/** How long each label holds within a window. */
function durationsIn(recording: LabelledTime, window: WindowTime, kind: LabelKind): Map<string, number> {
  const fromMs = window.startMs - recording.startMs;
  const toMs = window.endMs - recording.startMs;
  const durations = new Map<string, number>();
  for (const label of recording.labels) {
    const overlapMs = Math.min(label.toMs, toMs) - Math.max(label.fromMs, fromMs);
    const text = labelText(label, kind);
    if (overlapMs > 0 && text !== undefined) durations.set(text, (durations.get(text) ?? 0) + overlapMs);
  }
  return durations;
}

/** What a label says of one kind; `undefined` where it says nothing. */
export function labelText(label: RecordingLabel, kind: LabelKind): string | undefined {
  const value = label[kind] ?? null;
  if (typeof value === 'boolean') return value ? BINARY_CLASSES[1] : BINARY_CLASSES[0];
  return value === null || NOT_SAID.has(value.trim().toLowerCase()) ? undefined : value;
}
