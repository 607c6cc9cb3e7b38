import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Device } from '../../client/client.js';
import { Bands } from '../components/bands.js';
import { StatusChip } from '../components/status-chip.js';
import { formatAgo } from '../core/format.js';
import { applyNews, extendToNow } from '../core/intervals.js';
import { createQueue } from '../core/queue.js';
import { resolveRange } from '../core/range.js';
import { useDashboard } from './dashboard.js';
import { loadTimelines, type Timelines } from './device-timelines.js';
import { linkTo } from './route.js';

const SLOTS = 240;
/** Statuses are repeated each minute; what is older does not reach until now. */
const HOLDS_MS = 120_000;
/** A picture of a long time does not change every second. */
const REDRAWS_PER_RANGE = 1000;

const enqueue = createQueue(4);

/** One device: what holds now, and how it came to be. */
export function DeviceRow({ device }: { readonly device: Device }) {
  const { targets, nowMs, told } = useDashboard();
  const { id, online, lastSeenMs, statuses } = device;
  return (
    <li class="device card" data-device={id}>
      <a class="name" href={linkTo({ page: 'device', device: id })}>
        <span class={`dot ${online ? 'on' : 'off'}`} aria-hidden="true" />
        {id}
      </a>
      <span class="soft seen">
        {online ? 'online' : 'offline'}
        {lastSeenMs !== null && `, seen ${formatAgo(lastSeenMs, nowMs.value)}`}
      </span>
      <span class="chips">
        {targets.value.map((target, place) => {
          const known = statuses.find((status) => status.target === target);
          const { status, confidence } = known ?? { status: 'unknown' as const, confidence: 0 };
          return (
            <StatusChip
              key={target}
              {...{ target, place, status, confidence }}
              classes={told.value.classes[target]}
            />
          );
        })}
      </span>
      <RowBands device={id} />
    </li>
  );
}

/** Loads its timelines when it is first seen, since there may be hundreds of rows. */
function RowBands({ device }: { readonly device: string }) {
  const { choice, targets, nowMs, generation, onLive, told, ...dashboard } = useDashboard();
  const place = useRef<HTMLDivElement>(null);
  const isSeen = useSignal(false);
  const timelines = useSignal<Timelines | undefined>(undefined);
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
  const [wanted, names, seen] = [choice.value, targets.value.join(), isSeen.value];
  useEffect(() => {
    if (!seen || names === '') return;
    const abort = new AbortController();
    const range = resolveRange(wanted, nowMs.peek());
    const cancel = enqueue(async () => {
      try {
        timelines.value = await loadTimelines({ targets, ...dashboard }, device, range, SLOTS, abort.signal);
      } catch {
        // A row without bands says so itself; the list says what is wrong with the gateway.
      }
    });
    return () => {
      cancel();
      abort.abort();
    };
  }, [wanted, names, seen, generation.value]);
  useEffect(
    () =>
      onLive((message) => {
        if (message.type !== 'status' || message.data.device !== device) return;
        const { target } = message.data;
        if (timelines.value === undefined) return;
        const known = timelines.value[target] ?? [];
        timelines.value = { ...timelines.value, [target]: applyNews(known, message.data) };
      }),
    [],
  );
  const stepMs = wanted.kind === 'last' ? Math.max(1000, wanted.lengthMs / REDRAWS_PER_RANGE) : 1000;
  const shownMs = seen ? Math.floor(nowMs.value / stepMs) * stepMs : nowMs.peek();
  const range = resolveRange(wanted, shownMs);
  return (
    <div class="row-bands" ref={place}>
      {seen && timelines.value !== undefined && (
        <Bands
          range={range}
          rows={targets.value.map((target, row) => ({
            target,
            place: row,
            classes: told.value.classes[target],
            intervals: extendToNow(timelines.value?.[target] ?? [], shownMs, HOLDS_MS),
          }))}
        />
      )}
    </div>
  );
}
