import { BarChart, CustomChart, HeatmapChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
]);

export interface Chart {
  readonly title: string;
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly option: EChartsCoreOption;
}

/** Colours that stay apart for people who see few of them (Okabe and Ito 2008). */
export const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#7f7f7f'] as const;
export const YES_COLOUR = '#0072b2';
export const NO_COLOUR = '#d9d9d9';

/** A chart as an SVG element that needs no script, with its title for those who cannot see it. */
export function renderChart({ title, widthPixels, heightPixels, option }: Chart): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widthPixels, height: heightPixels });
  chart.setOption({
    color: [...COLOURS],
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    animation: false,
    title: { text: title, left: 'center', top: 4, textStyle: { fontSize: 13, fontWeight: 600 } },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(title)}" `);
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
