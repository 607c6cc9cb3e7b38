/** A range of time, half open, epoch milliseconds. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What is looked at: the time until now, or a fixed range. */
export type RangeChoice =
  | { readonly kind: 'last'; readonly lengthMs: number }
  | ({ readonly kind: 'fixed' } & Range);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The gateway answers for no more at a time. */
const LONGEST_DAYS = 366;
const SHORTEST_MS = 10_000;

/** Times until now that people choose; `name` stands in addresses. */
export const PRESETS = [
  { name: '15min', label: '15 min', lengthMs: HOUR_MS / 4 },
  { name: '1h', label: '1 h', lengthMs: HOUR_MS },
  { name: '6h', label: '6 h', lengthMs: 6 * HOUR_MS },
  { name: '24h', label: '24 h', lengthMs: DAY_MS },
  { name: '7d', label: '7 days', lengthMs: 7 * DAY_MS },
  { name: '30d', label: '30 days', lengthMs: 30 * DAY_MS },
] as const;

/** A choice as the query of an address: `range=6h`, or `from=…&to=…` in ISO 8601. */
export function rangeQuery(choice: RangeChoice): string {
  if (choice.kind === 'fixed') {
    const [from, to] = [choice.fromMs, choice.toMs].map((timeMs) => new Date(timeMs).toISOString());
    return `from=${from}&to=${to}`;
  }
  return `range=${PRESETS.find(({ lengthMs }) => lengthMs === choice.lengthMs)?.name ?? PRESETS[1].name}`;
}

/** Reads what {@link rangeQuery} wrote; `undefined` for anything that is no range. */
export function parseRangeQuery(query: string): RangeChoice | undefined {
  const parameters = new URLSearchParams(query);
  const preset = PRESETS.find(({ name }) => name === parameters.get('range'));
  if (preset !== undefined) return { kind: 'last', lengthMs: preset.lengthMs };
  const checked = checkRange(
    Date.parse(parameters.get('from') ?? ''),
    Date.parse(parameters.get('to') ?? ''),
  );
  return typeof checked === 'string' ? undefined : { kind: 'fixed', ...checked };
}

export function resolveRange(choice: RangeChoice, nowMs: number): Range {
  return choice.kind === 'last' ? { fromMs: nowMs - choice.lengthMs, toMs: nowMs } : choice;
}

/** Checks a range that somebody typed; a text says what is wrong with it. */
export function checkRange(fromMs: number, toMs: number): Range | string {
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) return 'Give both a beginning and an end.';
  if (fromMs === toMs) return 'The beginning is the end. Choose a later end.';
  if (fromMs > toMs) return 'The beginning lies after the end. Swap them.';
  const days = (toMs - fromMs) / DAY_MS;
  if (days > LONGEST_DAYS) {
    return `That is ${Math.round(days)} days; choose at most ${LONGEST_DAYS} days at a time.`;
  }
  return { fromMs, toMs };
}

/** Shortens (factor < 1) or widens a range around a moment in it. */
export function zoom(range: Range, factor: number, aroundMs = (range.fromMs + range.toMs) / 2): Range {
  const lengthMs = range.toMs - range.fromMs;
  const wantedMs = Math.min(Math.max(lengthMs * factor, SHORTEST_MS), LONGEST_DAYS * DAY_MS);
  const share = (aroundMs - range.fromMs) / lengthMs;
  const fromMs = aroundMs - wantedMs * share;
  return { fromMs, toMs: fromMs + wantedMs };
}

/** Moves a range by a share of its length. */
export function shift(range: Range, share: number): Range {
  const byMs = (range.toMs - range.fromMs) * share;
  return { fromMs: range.fromMs + byMs, toMs: range.toMs + byMs };
}

/** Whether one range holds another. */
export function covers(outer: Range, inner: Range): boolean {
  return outer.fromMs <= inner.fromMs && outer.toMs >= inner.toMs;
}

/** What of a range lies within another. */
export function within(range: Range, limits: Range): Range {
  return { fromMs: Math.max(range.fromMs, limits.fromMs), toMs: Math.min(range.toMs, limits.toMs) };
}

/** A picture of a long time does not change every second. */
const REDRAWS_PER_RANGE = 1000;

/** The last moment at which a picture of so long a time is worth drawing again; a second is the least between two. */
export function redrawnAt(nowMs: number, lengthMs: number): number {
  const stepMs = Math.max(1000, lengthMs / REDRAWS_PER_RANGE);
  return Math.floor(nowMs / stepMs) * stepMs;
}
