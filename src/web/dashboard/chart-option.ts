import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { ComposeOption } from 'echarts/core';
import { colourNames, colourOf, hatchTile } from '../core/colours.js';
import { formatStatus, type Tone, toneOf } from '../core/format.js';
import { garmentRows, garmentsByRow, type SeenGarments } from '../core/garments.js';
import type { Timelines } from '../core/intervals.js';
import type { ProbabilityPoint } from '../core/moment.js';
import type { Range } from '../core/range.js';
import { formatTick } from '../core/ticks.js';

export type ChartOption = ComposeOption<CustomSeriesOption | LineSeriesOption>;

export interface ChartContent {
  readonly targets: readonly string[];
  /** Of targets with more than two. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly range: Range;
  readonly timelines: Timelines;
  readonly points: readonly ProbabilityPoint[];
  readonly seen: readonly SeenGarments[];
}

const BAND_PIXELS = 34;
const LINES_PIXELS = 130;
/** Between the edges of the chart and those of the time it shows. */
export const INSET_PIXELS = 8;
const TOP_PIXELS = 8;
/** Labels at the edges must not make the time shown narrower: what reads it counts on the inset. */
const FIXED_WIDTH = { left: INSET_PIXELS, right: INSET_PIXELS, outerBoundsMode: 'none' } as const;
const GAP_PIXELS = 44;

/** Rows of bands, from above: one a target, then one a garment. */
function rowsOf({ targets, seen }: ChartContent): string[] {
  return [...targets, ...garmentRows(seen).map(({ label }) => label)];
}

/** Height of what shows the time: the bands and the lines. */
export function readableHeight(content: ChartContent): number {
  return TOP_PIXELS + rowsOf(content).length * BAND_PIXELS + GAP_PIXELS + LINES_PIXELS;
}

export function chartHeight(content: ChartContent): number {
  return readableHeight(content) + 64;
}

/** What does not depend on the data: axes and zoom. */
export function frameOption(content: ChartContent): ChartOption {
  const { range } = content;
  const rows = rowsOf(content);
  const [ink, soft, edge] = ['--ink', '--soft', '--edge'].map(colourOf);
  const bandsPixels = rows.length * BAND_PIXELS;
  const time = { type: 'time', min: range.fromMs, max: range.toMs } as const;
  const axisStyle = {
    axisLabel: {
      color: soft ?? '',
      hideOverlap: true,
      alignMinLabel: 'left',
      alignMaxLabel: 'right',
      formatter: formatTick,
    },
    axisLine: { lineStyle: { color: edge ?? '' } },
    splitLine: { show: false },
  } as const;
  const linesTop = TOP_PIXELS + bandsPixels + GAP_PIXELS;
  return {
    animation: false,
    textStyle: { color: ink ?? '', fontFamily: 'system-ui, sans-serif' },
    grid: [
      {
        ...FIXED_WIDTH,
        top: TOP_PIXELS,
        height: bandsPixels,
        // Where nothing is drawn, nothing is known.
        show: true,
        backgroundColor: colourOf('--page'),
        borderWidth: 0,
      },
      { ...FIXED_WIDTH, top: linesTop, height: LINES_PIXELS },
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
      {
        type: 'inside',
        xAxisIndex: [0, 1],
        filterMode: 'none',
        // The wheel and a finger that moves up or down belong to the page.
        zoomOnMouseWheel: 'ctrl',
        moveOnMouseWheel: false,
        preventDefaultMouseMove: false,
      },
      {
        type: 'slider',
        xAxisIndex: [0, 1],
        filterMode: 'none',
        bottom: 8,
        height: 28,
        left: INSET_PIXELS,
        right: INSET_PIXELS,
        // The axis above says the same, within the width of the chart.
        showDetail: false,
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
  readonly fill: BandFill;
  readonly ink: string;
  readonly text: string;
}

type BandFill = string | { readonly image: HTMLCanvasElement; readonly repeat: 'repeat' };
type BandLook = Pick<Band, 'fill' | 'ink'>;

function bandsOf({ targets, classes, timelines, seen }: ChartContent): Band[] {
  const statuses = targets.flatMap((target, row) => {
    const looks = looksOf(row);
    return (timelines[target] ?? []).map(({ fromMs, toMs, status }) => {
      return {
        row,
        fromMs,
        toMs,
        ...lookOf(looks, toneOf(status, classes[target])),
        text: formatStatus(target, status),
      };
    });
  });
  return [...statuses, ...garmentBands(seen, targets.length)];
}

/** A band for each garment while it was seen, below the rows of the targets; those that share a row share a band. */
function garmentBands(seen: readonly SeenGarments[], firstRow: number): Band[] {
  const rows = garmentRows(seen);
  return seen.flatMap(({ labels, fromMs, toMs }, index) => {
    const nextMs = seen[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    return garmentsByRow(rows, labels).flatMap((own, row): Band[] => {
      if (own.length === 0) return [];
      const look = { fill: colourOf(`--${rows[row]?.tone}`), ink: colourOf('--card') };
      return [{ row: firstRow + row, fromMs, toMs: Math.min(nextMs, toMs), ...look, text: own.join(', ') }];
    });
  });
}

function lookOf(looks: ReturnType<typeof looksOf>, tone: Tone): BandLook {
  if (tone === 'yes' || tone === 'no' || tone === 'unknown') return looks[tone];
  return { fill: colourOf(`--${tone}`), ink: colourOf('--card') };
}

function looksOf(place: number): Readonly<Record<'yes' | 'no' | 'unknown', BandLook>> {
  const { yes, no } = colourNames(place);
  return {
    yes: { fill: colourOf(yes), ink: colourOf('--card') },
    no: { fill: colourOf(no), ink: colourOf('--ink') },
    unknown: { fill: { image: hatchTile(), repeat: 'repeat' }, ink: colourOf('--ink') },
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
      const [from = 0, middle = 0] = api.coord([band.fromMs, band.row]);
      const [right = 0] = api.coord([band.toMs, band.row]);
      if (right < INSET_PIXELS) return undefined;
      // Words stand where the band is seen, though it may begin before that.
      const left = Math.max(from, INSET_PIXELS);
      const width = Math.max(1, right - left);
      const height = BAND_PIXELS - 8;
      const hasRoom = width > band.text.length * CHARACTER_PIXELS + 2 * TEXT_MARGIN_PIXELS;
      return {
        type: 'rect',
        shape: { x: left, y: middle - height / 2, width, height },
        style: { fill: band.fill },
        textConfig: { position: 'insideLeft', distance: TEXT_MARGIN_PIXELS },
        ...(hasRoom
          ? {
              textContent: {
                type: 'text',
                style: { ...textGround(band), text: band.text, fill: band.ink, fontSize: 12 },
              },
            }
          : {}),
      };
    },
  };
}

/** Words across a hatch need a ground of their own. */
function textGround({ fill }: Band): { readonly backgroundColor?: string; readonly padding?: number } {
  return typeof fill === 'string' ? {} : { backgroundColor: colourOf('--unknown'), padding: 2 };
}
