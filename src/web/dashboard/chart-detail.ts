import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { overlay, type Timelines } from '../core/intervals.js';
import type { ProbabilityPoint } from '../core/moment.js';
import { covers, type Range, within, zoom } from '../core/range.js';
import { useDashboard } from './dashboard.js';
import { type LoadedTimelines, loadTimelines } from './device-timelines.js';
import { CHART_DETAIL, type History, loadPoints } from './history.js';

/** Wait after the last turn of the wheel before details are loaded. */
const SETTLE_MS = 300;
/** Below this share of the whole, a part is worth loading by itself. */
const DETAIL_SHARE = 0.7;
/** What is loaded around a part is enough until the part is so much shorter. */
const COARSE_FACTOR = 3;

/** What was loaded of a part that somebody zoomed into. */
interface LoadedPart extends LoadedTimelines {
  readonly part: Range;
  readonly points: readonly ProbabilityPoint[];
}

/** What is known of the time that is drawn, with the details of a part laid over the coarse whole. */
export interface DrawnHistory extends LoadedTimelines {
  readonly points: readonly ProbabilityPoint[];
}

/** Loads the details of the part that somebody zoomed into, a moment after they did. */
export function useDetail(
  device: string,
  history: History,
  part: ReadonlySignal<Range | undefined>,
): ReadonlySignal<DrawnHistory> {
  const dashboard = useDashboard();
  const detail = useSignal<LoadedPart | undefined>(undefined);
  const load = async (wanted: Range, signal: AbortSignal): Promise<void> => {
    const around = within(zoom(wanted, 2), history.range.peek());
    const [loaded, points] = await Promise.all([
      loadTimelines(dashboard, device, around, CHART_DETAIL, signal),
      loadPoints(dashboard, device, around, signal),
    ]);
    detail.value = { part: around, ...loaded, points };
  };
  useEffect(() => {
    const wanted = part.value;
    if (wanted === undefined) detail.value = undefined;
    if (wanted === undefined || !isWorthLoading(wanted, history.range.peek(), detail.peek()?.part)) return;
    const abort = new AbortController();
    // Without it the coarse picture stays; whether the gateway answers is said elsewhere.
    const timer = setTimeout(() => void load(wanted, abort.signal).catch(() => undefined), SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [part.value]);
  return useComputed(() => {
    const { timelines, resolutionMs, points } = history;
    const coarse = { timelines: timelines.value, resolutionMs: resolutionMs.value, points: points.value };
    return detail.value === undefined ? coarse : merge(coarse, detail.value, part.value);
  });
}

function isWorthLoading(wanted: Range, whole: Range, loaded: Range | undefined): boolean {
  const lengthMs = wanted.toMs - wanted.fromMs;
  if (lengthMs / (whole.toMs - whole.fromMs) > DETAIL_SHARE) return false;
  if (loaded === undefined || !covers(loaded, within(wanted, whole))) return true;
  return loaded.toMs - loaded.fromMs >= COARSE_FACTOR * lengthMs;
}

function merge(coarse: DrawnHistory, fine: LoadedPart, visible: Range | undefined): DrawnHistory {
  const isFine = visible !== undefined && covers(fine.part, visible);
  const outside = ({ fromMs, toMs }: Range): boolean => toMs <= fine.part.fromMs || fromMs >= fine.part.toMs;
  return {
    // Exact intervals have no details, and live ones are newer.
    timelines: coarse.resolutionMs === 0 ? coarse.timelines : overlayAll(coarse.timelines, fine),
    resolutionMs: isFine ? fine.resolutionMs : coarse.resolutionMs,
    points: [...coarse.points.filter(outside), ...fine.points].sort((a, b) => a.fromMs - b.fromMs),
  };
}

function overlayAll(coarse: Timelines, { timelines, part }: LoadedPart): Timelines {
  return Object.fromEntries(
    Object.entries(coarse).map(([target, intervals]) => {
      const fine = timelines[target];
      return [target, fine === undefined ? intervals : overlay(intervals, fine, part)];
    }),
  );
}
