import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { LiveMessage } from '../client/live-events.js';
import { Bands } from '../components/bands.js';
import { MomentReader } from '../components/moment-reader.js';
import { applyNews, extendToNow } from '../core/intervals.js';
import { type Cursor, describeMoment } from '../core/moment.js';
import { createQueue } from '../core/queue.js';
import { type RangeChoice, redrawnAt, resolveRange } from '../core/range.js';
import { useDashboard } from './dashboard.js';
import { type Detail, type LoadedTimelines, loadTimelines } from './device-timelines.js';
import { keepLoaded } from './keep-loaded.js';

/** Rows are many: a day of each is loaded as it was, longer times in about as many slots as a row has pixels. */
const ROW_DETAIL: Detail = { exactUpToMs: 86_400_000, slots: 600 };

const enqueue = createQueue(4);

/** Loads its timelines when it is first seen, since there may be hundreds of rows. */
export function RowBands({ device }: { readonly device: string }) {
  const dashboard = useDashboard();
  const { choice, targets, told, nowMs, generation, session } = dashboard;
  const place = useRef<HTMLDivElement>(null);
  const isSeen = useSeen(place);
  const loaded = useSignal<LoadedTimelines | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const cursor = useSignal<Cursor | undefined>(undefined);
  const [wanted, names, seen] = [choice.value, targets.value.join(), isSeen.value];
  useEffect(() => {
    loaded.value = undefined;
  }, [wanted, names]);
  useEffect(() => {
    if (!seen || names === '') return;
    return keepLoaded(
      inTurn(async (signal) => {
        const range = resolveRange(wanted, nowMs.peek());
        loaded.value = await loadTimelines(dashboard, device, range, ROW_DETAIL, signal);
      }),
      { session, problem },
    );
  }, [wanted, names, seen, generation.value, session.token.value]);
  useEffect(
    () =>
      dashboard.onLive((message) => {
        loaded.value = grow(loaded.value, device, message);
      }),
    [],
  );
  const shownMs = redrawnAt(seen ? nowMs.value : nowMs.peek(), lengthOf(wanted));
  const range = resolveRange(wanted, shownMs);
  const timelines = Object.fromEntries(
    Object.entries(loaded.value?.timelines ?? {}).map(([target, all]) => [target, extendToNow(all, shownMs)]),
  );
  const known = { targets: targets.value, timelines, resolutionMs: loaded.value?.resolutionMs ?? 0 };
  const rows = targets.value.map((target, row) => ({
    target,
    place: row,
    classes: told.value.classes[target],
    intervals: timelines[target] ?? [],
  }));
  return (
    <div class="row-bands" ref={place}>
      {problem.value !== undefined && <span class="soft">{problem.value}</span>}
      {seen && loaded.value !== undefined && (
        <MomentReader range={range} cursor={cursor} describe={(timeMs) => describeMoment(timeMs, known)}>
          <Bands range={range} rows={rows} />
        </MomentReader>
      )}
    </div>
  );
}

function useSeen(place: { readonly current: Element | null }): ReadonlySignal<boolean> {
  const isSeen = useSignal(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        isSeen.value = entry?.isIntersecting ?? false;
      },
      { rootMargin: '200px' },
    );
    if (place.current !== null) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return isSeen;
}

/** Lets rows load a few at a time. */
function inTurn(load: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  return (signal) =>
    new Promise((resolve, reject) => {
      const cancel = enqueue(() => load(signal).then(resolve, reject));
      signal.addEventListener('abort', cancel);
    });
}

/** Puts what a live event says into what was loaded. */
function grow(
  loaded: LoadedTimelines | undefined,
  device: string,
  message: LiveMessage,
): LoadedTimelines | undefined {
  if (loaded === undefined || message.type !== 'status' || message.data.device !== device) return loaded;
  const { target } = message.data;
  const grown = applyNews(loaded.timelines[target] ?? [], message.data);
  return { ...loaded, timelines: { ...loaded.timelines, [target]: grown } };
}

function lengthOf(choice: RangeChoice): number {
  return choice.kind === 'last' ? choice.lengthMs : choice.toMs - choice.fromMs;
}
