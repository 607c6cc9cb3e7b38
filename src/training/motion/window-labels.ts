import type { Recording, RecordingLabel } from '../../domain/recording.js';
import type { SampleWindow } from '../../domain/window.js';

/** What a head can learn from a recording's labels. */
export const LABEL_KINDS = ['accompanied', 'conversation', 'activity'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** Activity text of stretches that nobody labelled. */
const UNLABELLED = 'unlabelled';

/** Classes of the binary labels, negative first. */
export const BINARY_CLASSES: readonly [string, string] = ['no', 'yes'];

/**
 * The label that holds for more than `minShare` of a window, or `undefined`.
 *
 * @param window in the recording's own time
 */
export function labelOfWindow(
  recording: Pick<Recording, 'startMs' | 'labels'>,
  window: Pick<SampleWindow, 'startMs' | 'endMs'>,
  kind: LabelKind,
  minShare: number,
): string | undefined {
  const fromMs = window.startMs - recording.startMs;
  const toMs = window.endMs - recording.startMs;
  const durations = new Map<string, number>();
  for (const label of recording.labels) {
    const overlapMs = Math.min(label.toMs, toMs) - Math.max(label.fromMs, fromMs);
    const text = textOf(label, kind);
    if (overlapMs > 0 && text !== undefined) durations.set(text, (durations.get(text) ?? 0) + overlapMs);
  }
  const needed = minShare * (toMs - fromMs);
  return [...durations].find(([, durationMs]) => durationMs > needed)?.[0];
}

function textOf(label: RecordingLabel, kind: LabelKind): string | undefined {
  const value = label[kind];
  if (typeof value === 'boolean') return value ? BINARY_CLASSES[1] : BINARY_CLASSES[0];
  return value === null || value === UNLABELLED ? undefined : value;
}
