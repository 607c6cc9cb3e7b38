import type { RecordingLabel } from '../domain/recording.js';

/** What is said of a stretch of time; `toMs` is `undefined` where it holds until the next label. */
export type LabelStatement = Omit<RecordingLabel, 'toMs'> & { readonly toMs: number | undefined };

/**
 * Lays a statement over the labels of a recording: where they overlap the statement holds, and what was said of the time
 * around it stays. One without an end holds up to the next label, but for `openLabelMs` at most: somebody who forgets
 * to say that things have changed must not teach a model for a day.
 *
 * @param labels ascending, not overlapping; all times on one clock, milliseconds
 * @returns the same kind of list; neighbours that say the same are one
 */
export function withStatement(
  labels: readonly RecordingLabel[],
  statement: LabelStatement,
  openLabelMs: number,
): RecordingLabel[] {
  const label = { ...statement, toMs: statement.toMs ?? endOfOpen(labels, statement.fromMs, openLabelMs) };
  const around = labels.flatMap((other) => [
    { ...other, toMs: Math.min(other.toMs, label.fromMs) },
    { ...other, fromMs: Math.max(other.fromMs, label.toMs) },
  ]);
  const all = [...around, label].filter(({ fromMs, toMs }) => fromMs < toMs);
  return merged(all.sort((a, b) => a.fromMs - b.fromMs));
}

/** The parts of labels that lie in `[fromMs, toMs)`. */
export function labelsWithin(
  labels: readonly RecordingLabel[],
  fromMs: number,
  toMs: number,
): RecordingLabel[] {
  return labels
    .map((label) => {
      return { ...label, fromMs: Math.max(label.fromMs, fromMs), toMs: Math.min(label.toMs, toMs) };
    })
    .filter((label) => label.fromMs < label.toMs);
}

function endOfOpen(labels: readonly RecordingLabel[], fromMs: number, openLabelMs: number): number {
  const next = labels.find((label) => label.fromMs > fromMs);
  return Math.min(next?.fromMs ?? Number.POSITIVE_INFINITY, fromMs + openLabelMs);
}

function merged(labels: readonly RecordingLabel[]): RecordingLabel[] {
  const result: RecordingLabel[] = [];
  for (const label of labels) {
    const last = result.at(-1);
    if (last !== undefined && last.toMs === label.fromMs && saysTheSame(last, label)) {
      result[result.length - 1] = { ...last, toMs: label.toMs };
    } else {
      result.push(label);
    }
  }
  return result;
}

function saysTheSame(a: RecordingLabel, b: RecordingLabel): boolean {
  return a.activity === b.activity && a.accompanied === b.accompanied && a.conversation === b.conversation;
}
