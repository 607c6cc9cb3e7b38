import { type MovementWindow, movementWindowOf, type WindowShape } from '../../company/movement-window.js';
import { pairFeatures } from '../../company/pair-features.js';
import { SECOND_MS, SignatureHistory } from '../../company/signature-history.js';
import type { SignatureRow } from '../../domain/company.js';
import type { RecordingLabel } from '../../domain/recording.js';

/** What was recorded of a person, with what is known of their company. */
export interface PersonRecording {
  readonly subject: string;
  /** Epoch milliseconds of the labels' zero. */
  readonly startMs: number;
  readonly rows: readonly SignatureRow[];
  readonly labels: readonly RecordingLabel[];
}

/** What two people's devices told at one moment, and whether they were together. */
export interface PairWindow {
  /** Names the two recordings, `<first>/<second>`. */
  readonly pair: string;
  readonly subjects: readonly [string, string];
  /** Epoch milliseconds. */
  readonly endMs: number;
  readonly features: Float64Array;
  readonly isTogether: boolean;
}

/** Windows are looked at this often. */
export const EVERY_MS = 10_000;

/** Whether two people were together at a time; `undefined` where their labels do not say. */
export function wereTogether(a: PersonRecording, b: PersonRecording, timeMs: number): boolean | undefined {
  const [ofA, ofB] = [a, b].map(({ labels, startMs }) =>
    labels.find(({ fromMs, toMs }) => fromMs <= timeMs - startMs && timeMs - startMs < toMs),
  );
  const [withA, withB] = [ofA?.with, ofB?.with];
  if (withA?.includes(b.subject) === true || withB?.includes(a.subject) === true) return true;
  return withA && withB ? false : undefined;
}

/** All windows of all pairs of different people over which it is known whether they were together, and stayed so. */
export function pairWindows(people: readonly PersonRecording[], shape: WindowShape): PairWindow[] {
  const found: PairWindow[] = [];
  const windows = people.map((person) => movementWindows(person, shape, EVERY_MS));
  for (const [index, a] of people.entries()) {
    for (const [offset, b] of people.slice(index + 1).entries()) {
      if (a.subject === b.subject) continue;
      const others = windows[index + 1 + offset] ?? new Map<number, MovementWindow>();
      for (const [endMs, window] of windows[index] ?? []) {
        const other = others.get(endMs);
        const isTogether = other && stayedSo(a, b, endMs, shape);
        if (other === undefined || isTogether === undefined) continue;
        const features = pairFeatures(window, other, shape);
        const pair = `${index}/${index + 1 + offset}`;
        found.push({ pair, subjects: [a.subject, b.subject], endMs, features, isTogether });
      }
    }
  }
  return found;
}

/** What was so all through a window; `undefined` where it changed, or is not known. */
function stayedSo(
  a: PersonRecording,
  b: PersonRecording,
  endMs: number,
  { seconds, lagSeconds }: WindowShape,
): boolean | undefined {
  const lastMs = endMs - lagSeconds * SECOND_MS;
  const isTogether = wereTogether(a, b, lastMs);
  for (let timeMs = lastMs - seconds * SECOND_MS; timeMs < lastMs; timeMs += SECOND_MS)
    if (wereTogether(a, b, timeMs) !== isTogether) return undefined;
  return isTogether;
}

/** A person's windows by their ends, so far apart. */
export function movementWindows(
  { rows }: PersonRecording,
  { seconds, lagSeconds }: WindowShape,
  everyMs: number,
): Map<number, MovementWindow> {
  const history = new SignatureHistory();
  const whole = seconds + 2 * lagSeconds;
  const windows = new Map<number, MovementWindow>();
  for (const [index, row] of rows.entries()) {
    history.add(row);
    const { endMs } = row;
    if (index + 1 >= whole && endMs % everyMs === 0)
      windows.set(endMs, movementWindowOf(history.before(endMs, whole)));
  }
  return windows;
}
