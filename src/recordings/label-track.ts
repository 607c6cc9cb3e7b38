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
  const laid = [...labels];
  layLabel(laid, closed(labels, statement, openLabelMs));
  return laid;
}

/** A statement with its end: see {@link withStatement}. */
export function closed(
  labels: readonly RecordingLabel[],
  statement: LabelStatement,
  openLabelMs: number,
): RecordingLabel {
  const { fromMs, toMs } = statement;
  if (toMs !== undefined) return { ...statement, toMs };
  const next = labels[firstThat(labels, (label) => label.fromMs > fromMs)];
  return { ...statement, toMs: Math.min(next?.fromMs ?? Number.POSITIVE_INFINITY, fromMs + openLabelMs) };
}

/** Changes the labels in their place: what it costs does not grow with how many there are. */
export function layLabel(labels: RecordingLabel[], label: RecordingLabel): void {
  if (label.fromMs >= label.toMs) return;
  const first = firstThat(labels, ({ toMs }) => toMs >= label.fromMs);
  const end = firstThat(labels, ({ fromMs }) => fromMs > label.toMs);
  const around = labels.slice(first, end).flatMap((other) => [
    { ...other, toMs: Math.min(other.toMs, label.fromMs) },
    { ...other, fromMs: Math.max(other.fromMs, label.toMs) },
  ]);
  const all = [...around, label].filter(({ fromMs, toMs }) => fromMs < toMs);
  labels.splice(first, end - first, ...merged(all.sort((a, b) => a.fromMs - b.fromMs)));
}

/**
 * Statements of a whole recording as labels: one without an end holds until the next.
 *
 * @param statements in order of time
 */
export function labelsUntilNext(statements: readonly LabelStatement[]): RecordingLabel[] {
  const labels = statements.map((statement, index) => {
    const nextMs = statements[index + 1]?.fromMs ?? Number.MAX_SAFE_INTEGER;
    return { ...statement, toMs: statement.toMs ?? nextMs };
  });
  return merged(labels.filter(({ fromMs, toMs }) => fromMs < toMs));
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

/** Index of the first label from which on all fulfil a condition. */
function firstThat(labels: readonly RecordingLabel[], isSo: (label: RecordingLabel) => boolean): number {
  let [low, high] = [0, labels.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const label = labels[middle];
    if (label !== undefined && isSo(label)) high = middle;
    else low = middle + 1;
  }
  return low;
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
  const words = ['activity', 'accompanied', 'conversation'] as const;
  const names = ({ with: others }: RecordingLabel): string => JSON.stringify(others ?? null);
  return (
    words.every((word) => a[word] === b[word]) &&
    (a.detail ?? null) === (b.detail ?? null) &&
    names(a) === names(b)
  );
}

/** A label on another clock. */
export function moved<T extends { readonly fromMs: number; readonly toMs: number | undefined }>(
  label: T,
  byMs: number,
): T {
  return {
    ...label,
    fromMs: label.fromMs + byMs,
    toMs: label.toMs === undefined ? undefined : label.toMs + byMs,
  };
}
