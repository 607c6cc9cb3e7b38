import type { TrackedRecording } from '../motion/figures/tracked.js';
import { statusIntervals } from '../motion/figures/tracked-figures.js';
import { type Chart, NO_COLOUR, YES_COLOUR } from './render-chart.js';

const MINUTE_MS = 60_000;
/** More points than can be seen are thinned to this many. */
const MOST_POINTS = 1500;

interface Band {
  readonly fromMs: number;
  readonly toMs: number;
  readonly colour: string;
}

/** One recording from start to end: truth, status after tracking, and each window's probability. */
export function timelineChart(target: string, recording: TrackedRecording): Chart {
  const startMs = recording.windows[0]?.startMs ?? 0;
  const endMs = recording.windows.at(-1)?.endMs ?? startMs;
  const minutes = (ms: number): number => (ms - startMs) / MINUTE_MS;
  const every = Math.ceil(recording.windows.length / MOST_POINTS);
  const truth = recording.truth.map(({ fromMs, toMs, status }) => ({
    fromMs,
    toMs,
    colour: colourOf(status === 'yes'),
  }));
  const statuses = statusIntervals(recording)
    .filter(({ status }) => status !== 'unknown')
    .map(({ status, fromMs, toMs }) => ({ fromMs, toMs, colour: colourOf(status === 'yes') }));
  return {
    title: `${target}: ${recording.recording} (person ${recording.subject})`,
    widthPixels: 960,
    heightPixels: 230,
    option: {
      grid: [
        { left: 90, right: 20, top: 32, height: 18 },
        { left: 90, right: 20, top: 56, height: 18 },
        { left: 90, right: 20, top: 86, bottom: 42 },
      ],
      xAxis: [0, 1, 2].map((grid) => ({
        type: 'value',
        gridIndex: grid,
        min: 0,
        max: minutes(endMs),
        show: grid === 2,
        name: 'minutes',
        nameLocation: 'middle',
        nameGap: 26,
        axisLabel: { formatter: (value: number) => String(Math.round(value)) },
      })),
      yAxis: [
        bandAxis(0, 'truth'),
        bandAxis(1, 'status'),
        { type: 'value', gridIndex: 2, min: 0, max: 1, interval: 0.5, name: '' },
      ],
      series: [
        bandSeries(0, truth, minutes),
        bandSeries(1, statuses, minutes),
        {
          type: 'line',
          xAxisIndex: 2,
          yAxisIndex: 2,
          showSymbol: false,
          lineStyle: { width: 1 },
          data: recording.windows
            .filter((_, at) => at % every === 0)
            .map(({ startMs: from, endMs: to, probabilities }) => [
              minutes((from + to) / 2),
              probabilities[1],
            ]),
        },
      ],
    },
  };
}

function colourOf(value: boolean): string {
  return value ? YES_COLOUR : NO_COLOUR;
}

function bandAxis(grid: number, name: string): object {
  return {
    type: 'category',
    gridIndex: grid,
    data: [name],
    axisLine: { show: false },
    axisTick: { show: false },
  };
}

/** Bars along the time axis, which ECharts has as drawings of one's own only. */
function bandSeries(grid: number, bands: readonly Band[], minutes: (ms: number) => number): object {
  return {
    type: 'custom',
    xAxisIndex: grid,
    yAxisIndex: grid,
    clip: true,
    data: bands.map(({ fromMs, toMs, colour }) => ({
      value: [minutes(fromMs), 0, minutes(toMs)],
      itemStyle: { color: colour },
    })),
    renderItem: drawBand,
  };
}

interface DrawingTools {
  value(dimension: number): number;
  coord(point: readonly number[]): number[];
  size?(span: readonly number[]): number | number[];
  visual(name: 'color'): unknown;
}

function drawBand(_: unknown, tools: DrawingTools): object {
  const [left = 0, middle = 0] = tools.coord([tools.value(0), 0]);
  const [right = left] = tools.coord([tools.value(2), 0]);
  const half = 8;
  return {
    type: 'rect',
    shape: { x: left, y: middle - half, width: right - left, height: 2 * half },
    style: { fill: tools.visual('color') },
  };
}
