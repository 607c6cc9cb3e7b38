import { useComputed, useSignal } from '@preact/signals';
import type { ECharts } from 'echarts/core';
import { useEffect, useRef } from 'preact/hooks';
import { extendToNow, overlay } from '../core/intervals.js';
import { covers, type Range, shift, zoom } from '../core/range.js';
import { init } from './chart-library.js';
import { type ChartContent, chartHeight, frameOption, seriesOption } from './chart-option.js';
import { useDashboard } from './dashboard.js';
import { loadTimelines, type Timelines } from './device-timelines.js';
import { type History, loadPoints, type ProbabilityPoint } from './history.js';
import { describeMoment, type Moment } from './moment.js';

/** Wait after the last turn of the wheel before details are loaded. */
const SETTLE_MS = 300;
const SLOTS = 1500;
const HOLDS_MS = 120_000;
/** Below this share of the whole, a part is worth loading by itself. */
const DETAIL_SHARE = 0.7;

/** What was loaded of a part that somebody zoomed into. */
interface Detail {
  readonly part: Range;
  readonly timelines: Timelines;
  readonly points: readonly ProbabilityPoint[];
}

/** Timelines as bands above the probabilities they come from; mouse, touch and keys zoom, pan and read. */
export function TimelineChart({ device, history }: { readonly device: string; readonly history: History }) {
  const dashboard = useDashboard();
  const { targets, told, theme, choice, nowMs } = dashboard;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | undefined>(undefined);
  const visible = useSignal<Range>(history.range.peek());
  const detail = useSignal<Detail | undefined>(undefined);
  const cursorMs = useSignal<number | undefined>(undefined);

  const content = useComputed<ChartContent>(() => {
    const { range, timelines, points, labels } = history;
    const shown = detail.value;
    const merged = Object.fromEntries(
      targets.value.map((target) => {
        const coarse = timelines.value[target] ?? [];
        const fine = shown?.timelines[target];
        const all = fine === undefined || shown === undefined ? coarse : overlay(coarse, fine, shown.part);
        return [target, extendToNow(all, Math.min(nowMs.value, whole.value.toMs), HOLDS_MS)];
      }),
    );
    const known = {
      targets: targets.value,
      classes: told.value.classes,
      timelines: merged,
      points: shown === undefined ? points.value : mergePoints(points.value, shown),
      labels: labels.value,
    };
    return {
      ...known,
      range: range.value,
      describe: (timeMs) => elementOf(describeMoment(timeMs, known)),
    };
  });
  const whole = useComputed<Range>(() => {
    const { fromMs, toMs } = history.range.value;
    const isMoving = choice.value.kind === 'last';
    return isMoving ? { fromMs: fromMs + nowMs.value - toMs, toMs: nowMs.value } : { fromMs, toMs };
  });
  const moment = useComputed(() =>
    cursorMs.value === undefined ? undefined : describeMoment(cursorMs.value, content.value),
  );

  useEffect(() => {
    if (place.current === null) return;
    const made = init(place.current);
    chart.current = made;
    const resizing = new ResizeObserver(() => made.resize());
    resizing.observe(place.current);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort = new AbortController();
    made.on('datazoom', () => {
      visible.value = visibleRange(made, history.range.peek());
      clearTimeout(timer);
      timer = setTimeout(() => {
        abort.abort();
        abort = new AbortController();
        void loadDetail(abort.signal);
      }, SETTLE_MS);
    });
    return () => {
      clearTimeout(timer);
      abort.abort();
      resizing.disconnect();
      made.dispose();
    };
  }, []);

  const loadDetail = async (signal: AbortSignal): Promise<void> => {
    const range = history.range.peek();
    const part = visible.peek();
    const share = (part.toMs - part.fromMs) / (range.toMs - range.fromMs);
    if (share > DETAIL_SHARE) {
      detail.value = undefined;
      return;
    }
    const known = detail.peek();
    const isFine = known !== undefined && covers(known.part, part);
    if (isFine && known.part.toMs - known.part.fromMs < 3 * (part.toMs - part.fromMs)) return;
    const around = zoom(part, 2);
    try {
      const [timelines, points] = await Promise.all([
        loadTimelines(dashboard, device, around, SLOTS, signal),
        loadPoints(dashboard, device, around, signal),
      ]);
      detail.value = { part: around, timelines, points };
    } catch {
      // The coarse picture stays; whether the gateway answers is said elsewhere.
    }
  };

  // A new range or theme begins a new picture, zoomed out.
  useEffect(() => {
    detail.value = undefined;
    visible.value = history.range.peek();
    chart.current?.setOption(frameOption(content.peek()), { notMerge: true });
    chart.current?.setOption(seriesOption(content.peek()));
  }, [history.range.value, theme.current.value, targets.value.join(), history.labels.value.length > 0]);
  useEffect(() => {
    const { fromMs: min, toMs: max } = whole.value;
    chart.current?.setOption({
      ...seriesOption(content.value),
      xAxis: [
        { min, max },
        { min, max },
      ],
    });
  }, [content.value]);

  const show = (range: Range): void => {
    const { fromMs, toMs } = whole.peek();
    const startValue = Math.max(fromMs, range.fromMs);
    const endValue = Math.min(toMs, range.toMs);
    chart.current?.dispatchAction({ type: 'dataZoom', startValue, endValue });
  };
  const read = (stepShare: number): void => {
    const { fromMs, toMs } = visible.peek();
    const from = cursorMs.peek() ?? toMs;
    const next = Math.min(toMs, Math.max(fromMs, from + stepShare * (toMs - fromMs)));
    cursorMs.value = next;
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => read(-1 / 60),
    ArrowRight: () => read(1 / 60),
    '+': () => show(zoom(visible.peek(), 0.5, cursorMs.peek())),
    '-': () => show(zoom(visible.peek(), 2)),
    PageUp: () => show(shift(visible.peek(), -0.5)),
    PageDown: () => show(shift(visible.peek(), 0.5)),
  };
  return (
    <div class="stack tight">
      <div class="row">
        <button type="button" onClick={keys['+']} aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={keys['-']} aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={keys['PageUp']}>
          ← Earlier
        </button>
        <button type="button" onClick={keys['PageDown']}>
          Later →
        </button>
        <span class="soft">Solid lines: probabilities, 0 to 1. Dotted: coverage.</span>
      </div>
      <div
        class="chart"
        ref={place}
        role="application"
        aria-label={`Timelines of ${device}. Left and right arrow read moments, plus and minus zoom, page up and page down move. The button Table shows the same as a table.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is read and zoomed with keys
        tabIndex={0}
        style={{ height: `${chartHeight(content.value)}px` }}
        data-visible={`${Math.round(visible.value.fromMs)}/${Math.round(visible.value.toMs)}`}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (act === undefined) return;
          event.preventDefault();
          act();
        }}
      />
      <p class="soft reading" aria-live="polite">
        {moment.value !== undefined && `${moment.value.time} — ${moment.value.lines.join(' · ')}`}
      </p>
    </div>
  );
}

function visibleRange(chart: ECharts, fallback: Range): Range {
  const { dataZoom } = chart.getOption() as {
    readonly dataZoom?: readonly { readonly startValue?: number; readonly endValue?: number }[];
  };
  const { startValue: fromMs, endValue: toMs } = dataZoom?.[0] ?? {};
  return fromMs === undefined || toMs === undefined ? fallback : { fromMs, toMs };
}

function mergePoints(coarse: readonly ProbabilityPoint[], { part, points }: Detail): ProbabilityPoint[] {
  const outside = (point: ProbabilityPoint): boolean =>
    point.toMs <= part.fromMs || point.fromMs >= part.toMs;
  return [...coarse.filter(outside), ...points].sort((a, b) => a.fromMs - b.fromMs);
}

/** The chart's library takes text as HTML; an element needs no escaping and no inline style. */
function elementOf({ time, lines }: Moment): HTMLElement {
  const element = document.createElement('div');
  const head = document.createElement('strong');
  head.textContent = time;
  element.append(head);
  for (const line of lines) {
    const part = document.createElement('div');
    part.textContent = line;
    element.append(part);
  }
  return element;
}
