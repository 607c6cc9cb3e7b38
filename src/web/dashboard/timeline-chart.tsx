import { useComputed, useSignal } from '@preact/signals';
import type { ECharts } from 'echarts/core';
import { useEffect, useRef } from 'preact/hooks';
import { MomentReader } from '../components/moment-reader.js';
import { garmentRows } from '../core/garments.js';
import { extendToNow } from '../core/intervals.js';
import { type Cursor, describeMoment, type Moment, timeOf } from '../core/moment.js';
import { type Range, redrawnAt, shift, zoom } from '../core/range.js';
import { useDetail } from './chart-detail.js';
import { init } from './chart-library.js';
import {
  type ChartContent,
  chartHeight,
  frameOption,
  INSET_PIXELS,
  readableHeight,
  seriesOption,
} from './chart-option.js';
import { useDashboard } from './dashboard.js';
import type { History } from './history.js';

/** A part that is nearly the whole is the whole. */
const WHOLE_SHARE = 0.995;

/** Timelines as bands above the probabilities they come from; mouse, touch and keys zoom, pan and read. */
export function TimelineChart({ device, history }: { readonly device: string; readonly history: History }) {
  const { targets, told, theme, choice, nowMs } = useDashboard();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | undefined>(undefined);
  /** What somebody zoomed to; it stays where it is while the whole moves on. */
  const part = useSignal<Range | undefined>(undefined);
  const cursor = useSignal<Cursor | undefined>(undefined);
  const whole = useComputed<Range>(() => {
    const { fromMs, toMs } = history.range.value;
    if (choice.value.kind === 'fixed') return { fromMs, toMs };
    const endMs = Math.max(toMs, redrawnAt(nowMs.value, toMs - fromMs));
    return { fromMs: fromMs + endMs - toMs, toMs: endMs };
  });
  const visible = useComputed(() => part.value ?? whole.value);
  const known = useDetail(device, history, part);
  const content = useComputed<ChartContent>(() => ({
    targets: targets.value,
    classes: told.value.classes,
    range: history.range.value,
    points: known.value.points,
    seen: history.seen.value,
    timelines: Object.fromEntries(
      Object.entries(known.value.timelines).map(([target, intervals]) => {
        return [target, extendToNow(intervals, Math.min(whole.value.toMs, nowMs.peek()))];
      }),
    ),
  }));
  const describe = (timeMs: number) =>
    describeMoment(timeMs, { ...content.value, resolutionMs: known.value.resolutionMs });

  useEffect(() => {
    if (place.current === null) return;
    const made = init(place.current);
    chart.current = made;
    const resizing = new ResizeObserver(() => made.resize());
    resizing.observe(place.current);
    made.on('datazoom', () => {
      part.value = partOf(seenIn(made), whole.peek());
    });
    const letGoOfWheel = leaveWheelToPage(place.current);
    return () => {
      letGoOfWheel();
      resizing.disconnect();
      made.dispose();
      chart.current = undefined;
    };
  }, []);

  // A new range or theme begins a new picture, zoomed out.
  useEffect(() => {
    part.value = undefined;
    chart.current?.setOption(frameOption(content.peek()), { notMerge: true });
  }, [choice.value, theme.current.value, targets.value.join(), garmentRows(history.seen.value).length]);
  useEffect(() => {
    const { fromMs: min, toMs: max } = whole.value;
    const xAxis = [
      { min, max },
      { min, max },
    ];
    chart.current?.setOption({ ...seriesOption(content.value), xAxis });
    if (part.peek() !== undefined) show(part.peek());
  }, [content.value, whole.value, theme.current.value]);

  const show = (range: Range | undefined): void => {
    const { fromMs, toMs } = whole.peek();
    const startValue = Math.max(fromMs, range?.fromMs ?? fromMs);
    const endValue = Math.min(toMs, range?.toMs ?? toMs);
    if (startValue < endValue) chart.current?.dispatchAction({ type: 'dataZoom', startValue, endValue });
  };
  const read = (stepShare: number): void => {
    const { fromMs, toMs } = visible.peek();
    const from = readMs() ?? toMs;
    const timeMs = Math.min(toMs, Math.max(fromMs, from + stepShare * (toMs - fromMs)));
    cursor.value = { kind: 'time', timeMs };
  };
  const readMs = (): number | undefined => {
    const at = cursor.peek();
    return at === undefined ? undefined : timeOf(at, visible.peek());
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => read(-1 / 60),
    ArrowRight: () => read(1 / 60),
    '+': () => show(zoom(visible.peek(), 0.5, readMs())),
    '-': () => show(zoom(visible.peek(), 2)),
    PageUp: () => show(shift(visible.peek(), -0.5)),
    PageDown: () => show(shift(visible.peek(), 0.5)),
    Escape: () => {
      cursor.value = undefined;
    },
  };
  return (
    <div class="stack tight">
      <ChartButtons keys={keys} />
      <MomentReader
        range={visible.value}
        insetPixels={INSET_PIXELS}
        heightPixels={readableHeight(content.value)}
        cursor={cursor}
        describe={describe}
      >
        <div
          class="chart"
          ref={place}
          role="application"
          aria-label={`Timelines of ${device}. Left and right arrow read moments, plus and minus zoom, page up and page down move. The button Table shows the same as a table.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is read and zoomed with keys
          tabIndex={0}
          style={{ height: `${chartHeight(content.value)}px` }}
          aria-busy={Object.keys(known.value.timelines).length === 0}
          data-visible={`${Math.round(visible.value.fromMs)}/${Math.round(visible.value.toMs)}`}
          onKeyDown={(event) => {
            const act = keys[event.key];
            if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
            event.preventDefault();
            act();
          }}
        />
      </MomentReader>
      <p class="soft reading" aria-live="polite">
        {cursor.value?.kind === 'time' && wordsOf(describe(timeOf(cursor.value, visible.value)))}
      </p>
    </div>
  );
}

/** The chart library keeps every turn of the wheel from the page, also those it does not zoom by. */
function leaveWheelToPage(chart: HTMLElement): () => void {
  const options = { capture: true, passive: true };
  const onWheel = (event: Event): void => {
    if (event instanceof WheelEvent && !event.ctrlKey) event.stopPropagation();
  };
  for (const type of ['wheel', 'mousewheel']) chart.addEventListener(type, onWheel, options);
  return () => {
    for (const type of ['wheel', 'mousewheel']) chart.removeEventListener(type, onWheel, options);
  };
}

function ChartButtons({ keys }: { readonly keys: Readonly<Record<string, () => void>> }) {
  return (
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
      <span class="soft">Solid lines: probabilities, 0 to 1. Dotted: coverage. Ctrl and the wheel zoom.</span>
    </div>
  );
}

function wordsOf({ time, lines }: Moment): string {
  return `${time} — ${lines.join(' · ')}`;
}

/** What time a chart shows between its edges. */
function seenIn(chart: ECharts): Range {
  const edges = [INSET_PIXELS, chart.getWidth() - INSET_PIXELS];
  const [fromMs = 0, toMs = 0] = edges.map((pixel) =>
    Number(chart.convertFromPixel({ xAxisIndex: 0 }, pixel)),
  );
  return { fromMs, toMs };
}

/** What somebody zoomed to; `undefined` when that is the whole. */
function partOf(seen: Range, whole: Range): Range | undefined {
  const share = (seen.toMs - seen.fromMs) / (whole.toMs - whole.fromMs);
  return share > WHOLE_SHARE ? undefined : seen;
}
