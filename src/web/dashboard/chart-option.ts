import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { ComposeOption } from 'echarts/core';
import { colourNames, colourOf } from '../core/colours.js';
import { formatStatus, type Tone, toneOf } from '../core/format.js';
import type { Range } from '../core/range.js';
import type { Timelines } from './device-timelines.js';
import type { ProbabilityPoint, SeenLabel } from './history.js';

export type ChartOption = ComposeOption<CustomSeriesOption | LineSeriesOption>;

export interface ChartContent {
  readonly targets: readonly string[];
  /** Of targets with more than two. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly range: Range;
  readonly timelines: Timelines;
  readonly points: readonly ProbabilityPoint[];
  readonly labels: readonly SeenLabel[];
  /** Words about a moment, for the tooltip. */
  readonly describe: (timeMs: number) => HTMLElement;
}

const BAND_PIXELS = 34;
const LINES_PIXELS = 130;
const LEFT_PIXELS = 8;
const TOP_PIXELS = 8;
const GAP_PIXELS = 44;

const APPAREL = 'apparel';

/** Rows of bands, from above. */
function rowsOf({ targets, labels }: ChartContent): string[] {
  return labels.length > 0 ? [...targets, APPAREL] : [...targets];
}

export function chartHeight(content: ChartContent): number {
  return TOP_PIXELS + rowsOf(content).length * BAND_PIXELS + GAP_PIXELS + LINES_PIXELS + 64;
}

/** What does not depend on the data: axes, zoom, tooltip. */
export function frameOption(content: ChartContent): ChartOption {
  const { range, describe } = content;
  const rows = rowsOf(content);
  const [ink, soft, edge, card] = ['--ink', '--soft', '--edge', '--card'].map(colourOf);
  const bandsPixels = rows.length * BAND_PIXELS;
  const time = { type: 'time', min: range.fromMs, max: range.toMs } as const;
  const axisStyle = {
    axisLabel: { color: soft ?? '', hideOverlap: true },
    axisLine: { lineStyle: { color: edge ?? '' } },
    splitLine: { show: false },
  };
  const linesTop = TOP_PIXELS + bandsPixels + GAP_PIXELS;
  return {
    animation: false,
    textStyle: { color: ink ?? '', fontFamily: 'system-ui, sans-serif' },
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: soft ?? '' } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      className: 'moment',
      backgroundColor: card ?? '',
      borderColor: edge ?? '',
      textStyle: { color: ink ?? '' },
      formatter: (hovered: unknown) => describe(momentOf(hovered)),
    },
    grid: [
      { left: LEFT_PIXELS, right: LEFT_PIXELS, top: TOP_PIXELS, height: bandsPixels },
      { left: LEFT_PIXELS, right: LEFT_PIXELS, top: linesTop, height: LINES_PIXELS },
    ],
    xAxis: [
      { ...time, ...axisStyle, gridIndex: 0 },
      { ...time, ...axisStyle, gridIndex: 1, axisLabel: { show: false } },
    ],
    yAxis: [
      { type: 'category', gridIndex: 0, data: rows, inverse: true, show: false },
      {
        type: 'value',
        gridIndex: 1,
        min: 0,
        max: 1,
        interval: 0.5,
        ...axisStyle,
        axisLabel: { show: false },
        splitLine: { lineStyle: { color: edge ?? '' } },
      },
    ],
    dataZoom: [
      { type: 'inside', xAxisIndex: [0, 1], filterMode: 'none' },
      {
        type: 'slider',
        xAxisIndex: [0, 1],
        filterMode: 'none',
        bottom: 8,
        height: 28,
        left: 70,
        right: 70,
        textStyle: { color: soft ?? '' },
        borderColor: edge ?? '',
        brushSelect: false,
        showDataShadow: false,
      },
    ],
  };
}

/** The bands and the lines. */
export function seriesOption(content: ChartContent): ChartOption {
  const { targets, points } = content;
  return {
    series: [
      bandSeries(content),
      ...targets.map(
        (target, place): LineSeriesOption => ({
          id: `line ${target}`,
          name: target,
          type: 'line',
          xAxisIndex: 1,
          yAxisIndex: 1,
          showSymbol: false,
          lineStyle: { width: 1.5, color: colourOf(colourNames(place).yes) },
          itemStyle: { color: colourOf(colourNames(place).yes) },
          data: lineData(points, target),
        }),
      ),
      {
        id: 'coverage',
        name: 'coverage',
        type: 'line',
        xAxisIndex: 1,
        yAxisIndex: 1,
        showSymbol: false,
        lineStyle: { width: 1, type: 'dotted', color: colourOf('--soft') },
        itemStyle: { color: colourOf('--soft') },
        data: points.map(({ fromMs, toMs, coverage }) => [(fromMs + toMs) / 2, coverage]),
      },
    ],
  };
}

/** A line breaks where there were no windows for longer than three points. */
function lineData(points: readonly ProbabilityPoint[], target: string): [number, number | null][] {
  const data: [number, number | null][] = [];
  let last: ProbabilityPoint | undefined;
  for (const point of points) {
    const longestMs =
      3 * Math.max(point.toMs - point.fromMs, last === undefined ? 0 : last.toMs - last.fromMs);
    if (last !== undefined && point.fromMs - last.toMs > longestMs) data.push([last.toMs, null]);
    data.push([(point.fromMs + point.toMs) / 2, point.probabilities[target] ?? null]);
    last = point;
  }
  return data;
}

interface Band {
  readonly row: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly fill: string;
  readonly ink: string;
  readonly text: string;
}

function bandsOf({ targets, classes, timelines, labels }: ChartContent): Band[] {
  const statuses = targets.flatMap((target, row) => {
    const fills = fillsOf(row);
    return (timelines[target] ?? []).map(({ fromMs, toMs, status }) => {
      return {
        row,
        fromMs,
        toMs,
        ...fillOf(fills, toneOf(status, classes[target])),
        text: formatStatus(target, status),
      };
    });
  });
  const { fill, ink } = fillsOf(2).no;
  const seen = labels.map(({ label, fromMs, toMs }, index) => {
    const nextMs = labels[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    return { row: targets.length, fromMs, toMs: Math.min(nextMs, toMs), fill, ink, text: label };
  });
  return [...statuses, ...seen];
}

function fillOf(fills: ReturnType<typeof fillsOf>, tone: Tone) {
  if (tone === 'yes' || tone === 'no' || tone === 'unknown') return fills[tone];
  return { fill: colourOf(`--${tone}`), ink: colourOf('--card') };
}

function fillsOf(
  place: number,
): Readonly<Record<'yes' | 'no' | 'unknown', { readonly fill: string; readonly ink: string }>> {
  const { yes, no } = colourNames(place);
  return {
    yes: { fill: colourOf(yes), ink: colourOf('--card') },
    no: { fill: colourOf(no), ink: colourOf('--ink') },
    unknown: { fill: colourOf('--unknown'), ink: colourOf('--ink') },
  };
}

const TEXT_MARGIN_PIXELS = 6;
const CHARACTER_PIXELS = 7;

function bandSeries(content: ChartContent): CustomSeriesOption {
  const bands = bandsOf(content);
  return {
    id: 'bands',
    type: 'custom',
    xAxisIndex: 0,
    yAxisIndex: 0,
    clip: true,
    encode: { x: [1, 2], y: 0 },
    data: bands.map(({ row, fromMs, toMs }) => [row, fromMs, toMs]),
    renderItem: (params, api) => {
      const band = bands[params.dataIndex];
      if (band === undefined) return undefined;
      const [left = 0, middle = 0] = api.coord([band.fromMs, band.row]);
      const [right = 0] = api.coord([band.toMs, band.row]);
      const width = Math.max(1, right - left);
      const height = BAND_PIXELS - 8;
      const hasRoom = width > band.text.length * CHARACTER_PIXELS + 2 * TEXT_MARGIN_PIXELS;
      return {
        type: 'rect',
        shape: { x: left, y: middle - height / 2, width, height },
        style: { fill: band.fill },
        textConfig: { position: 'insideLeft', distance: TEXT_MARGIN_PIXELS },
        ...(hasRoom
          ? { textContent: { type: 'text', style: { text: band.text, fill: band.ink, fontSize: 12 } } }
          : {}),
      };
    },
  };
}

/** The time that the pointer is at. */
function momentOf(hovered: unknown): number {
  const first: unknown = Array.isArray(hovered) ? hovered[0] : hovered;
  if (typeof first !== 'object' || first === null || !('axisValue' in first)) return Number.NaN;
  return Number(first.axisValue);
}
