import { CLASS_COLOURS, type Tone } from './format.js';

/** What a device's camera saw for a while. */
export interface SeenGarments {
  /** The most probable first. */
  readonly labels: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the most probable. */
  readonly probability: number;
}

/** A live label of a frame. */
export interface SeenLabel {
  readonly label: string;
  readonly atMs: number;
  readonly probability: number;
  /** Numbers of the people who wear it; absent where the frame was taken as a whole. */
  readonly people?: readonly number[];
}

/** A row that shows when one garment was seen. */
export interface GarmentRow {
  readonly label: string;
  readonly tone: Tone;
}

/** A live label stands for the time until the next picture, but not for longer. */
const LABEL_HOLDS_MS = 60_000;
/** A row a colour; the garments seen least share the last. */
const MOST_ROWS = CLASS_COLOURS;
const OTHERS = 'other garments';

/** The rows of what was seen: the garment seen longest first. */
export function garmentRows(seen: readonly SeenGarments[]): GarmentRow[] {
  const seenMs = new Map<string, number>();
  for (const { labels, fromMs, toMs } of seen) {
    for (const label of labels) seenMs.set(label, (seenMs.get(label) ?? 0) + toMs - fromMs);
  }
  const names = [...seenMs].sort(([a, aMs], [b, bMs]) => bMs - aMs || (a < b ? -1 : 1)).map(([name]) => name);
  const shown = names.length > MOST_ROWS ? [...names.slice(0, MOST_ROWS - 1), OTHERS] : names;
  return shown.map((label, place) => ({ label, tone: `class-${place}` }));
}

/** What was seen of each row; garments without a row of their own are in the last. */
export function garmentsByRow(rows: readonly GarmentRow[], labels: readonly string[]): string[][] {
  return rows.map(({ label: own }, row) =>
    labels.filter((label) => {
      const isKnown = rows.some((each) => each.label === label);
      return isKnown ? label === own : row === rows.length - 1;
    }),
  );
}

/** Of a frame's labels the most probable counts, or all that its people wear. */
export function addLabel(
  seen: readonly SeenGarments[],
  { label, atMs: fromMs, probability, people }: SeenLabel,
): readonly SeenGarments[] {
  const last = seen.at(-1);
  const added = { labels: [label], fromMs, toMs: fromMs + LABEL_HOLDS_MS, probability };
  if (last === undefined || last.fromMs !== fromMs) return [...seen, added];
  if (people !== undefined) return [...seen.slice(0, -1), { ...last, labels: [...last.labels, label] }];
  return last.probability >= probability ? seen : [...seen.slice(0, -1), added];
}
