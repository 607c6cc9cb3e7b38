import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { MethodSummary, RecordingStudy, SensorStudy } from './synchronisation-study.js';

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH_PIXELS = 900;
const HEIGHT_PIXELS = 320;

/** The study as one HTML page that needs nothing else. */
export function studyPage(studies: readonly RecordingStudy[], summary: readonly MethodSummary[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Synchronisation study</title>
<style>body{font:15px/1.5 system-ui;max-width:960px;margin:2em auto;padding:0 1em}table{border-collapse:collapse}td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ccc}td:first-child,th:first-child{text-align:left}</style>
<h1>Synchronisation study</h1>
<p>Mean distance in time between the rows of the common grid and the samples their values come from, by interpolation;
before and after each sensor’s offset and drift, found by cross-correlation with the reference, are taken out.</p>
${chart('Time-stamp differences left, mean over sensors (ms)', summary, [
  ['before', ({ beforeMs }) => beforeMs],
  ['after', ({ afterMs }) => afterMs],
])}
${chart('Error of values told from their neighbours (standard deviations)', summary, [['error', ({ error }) => error]])}
${table(
  ['interpolation', 'by stamps, ms', 'before, ms', 'after, ms', 'error, std', 'rows missing, %'],
  summary.map((each) => [
    each.method,
    ...[each.stampsMs, each.beforeMs, each.afterMs, each.error, each.missing * 100].map(fixed),
  ]),
)}
<h2>By sensor</h2>
${table(
  [
    'recording, sensor',
    'offset, ms',
    'drift, ppm',
    'spread, ms',
    'stretches used',
    'nearest, ms',
    'previous, ms',
    'linear, ms',
  ],
  studies.flatMap(({ recording, sensors }) => sensors.map((sensor) => sensorRow(recording, sensor))),
)}
</html>
`;
}

function sensorRow(recording: string, { sensor, isReference, clock, methods }: SensorStudy): string[] {
  const estimate =
    clock === undefined
      ? [isReference ? 'reference' : 'not told', '', '', '']
      : [
          fixed(clock.offsetMs),
          fixed(clock.driftPpm),
          fixed(clock.spreadMs),
          `${clock.usedSegments} of ${clock.segments}`,
        ];
  const differences = methods.map(({ before, after }) => `${fixed(before.meanMs)} → ${fixed(after.meanMs)}`);
  return [`${recording}, ${sensor}`, ...estimate, ...differences];
}

type Bars = readonly [name: string, value: (summary: MethodSummary) => number];

/** A bar chart as SVG text. */
function chart(title: string, summary: readonly MethodSummary[], bars: readonly Bars[]): string {
  const drawing = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH_PIXELS,
    height: HEIGHT_PIXELS,
  });
  drawing.setOption({
    animation: false,
    title: { text: title, textStyle: { fontSize: 14 } },
    legend: { right: 0 },
    xAxis: { type: 'category', data: summary.map(({ method }) => method) },
    yAxis: { type: 'value' },
    series: bars.map(([name, value]) => ({
      type: 'bar',
      name,
      data: summary.map((each) => Number(value(each).toPrecision(4))),
      label: { show: true, position: 'top' },
    })),
  });
  const svg = drawing.renderToSVGString();
  drawing.dispose();
  return svg;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function fixed(value: number): string {
  return value.toFixed(2);
}
