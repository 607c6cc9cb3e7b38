import { type Baseline, METHOD_NAMES } from '../motion/baselines/baseline.js';
import type { ProtocolFigures } from '../motion/folds/cross-validate.js';
import type { EpochRecord } from '../motion/run/train-request.js';
import { type Chart, COLOURS } from './render-chart.js';

/** Figures of one target by the name of the method. */
export type FiguresByMethod = readonly (readonly [method: string, figures: ProtocolFigures])[];

/** Rows are truth, columns what was told; shares of the truth with the number of what was counted. */
export function confusionChart(
  target: string,
  { pooled }: Pick<ProtocolFigures, 'pooled'>,
  counted = 'windows',
): Chart {
  const { classes, confusion } = pooled;
  const cells = confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, told) => ({
      value: [told, truth, total === 0 ? 0 : count / total],
      label: { formatter: `${count}\n${total === 0 ? '–' : `${Math.round((100 * count) / total)} %`}` },
    }));
  });
  const side = Math.max(220, 90 + classes.length * 76);
  return {
    title: `${target}: confusion, ${counted}`,
    widthPixels: side + 60,
    heightPixels: side,
    option: {
      grid: { left: 90, right: 20, top: 36, bottom: 50 },
      xAxis: {
        type: 'category',
        data: [...classes],
        name: 'told',
        nameLocation: 'middle',
        nameGap: 28,
        axisLabel: { interval: 0 },
      },
      yAxis: {
        type: 'category',
        data: [...classes],
        inverse: true,
        name: 'truth',
        nameLocation: 'middle',
        nameGap: 66,
      },
      visualMap: {
        min: 0,
        max: 1,
        show: false,
        dimension: 2,
        inRange: { color: ['#ffffff', '#9ecae1', '#3182bd'] },
      },
      series: [{ type: 'heatmap', data: cells, label: { show: true, color: '#111' } }],
    },
  };
}

/** Curves of the methods; of more than two classes those of the network, each class against the rest. */
export function rocChart(target: string, methods: FiguresByMethod): Chart | undefined {
  const [network] = methods;
  if (network === undefined) return undefined;
  const { classes } = network[1].pooled;
  const curves =
    classes.length === 2
      ? methods.map(([name, { roc, pooled }]) => ({
          name: withArea(name, pooled.rocAuc),
          points: roc[0] ?? [],
        }))
      : network[1].roc.map((points, at) => ({ name: classes[at] ?? '', points }));
  const drawn = curves.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return undefined;
  const axis = { type: 'value', min: 0, max: 1, nameLocation: 'middle' };
  return {
    title: `${target}: ROC`,
    widthPixels: 420,
    heightPixels: 360,
    option: {
      grid: { left: 55, right: 20, top: 36, bottom: 45 },
      legend: { right: 24, bottom: 50, orient: 'vertical', textStyle: { fontSize: 11 } },
      xAxis: { ...axis, name: 'false positives', nameGap: 26 },
      yAxis: { ...axis, name: 'true positives', nameGap: 34 },
      series: [
        ...drawn.map(({ name, points }) => ({ type: 'line', name, data: points, showSymbol: false })),
        {
          type: 'line',
          data: [
            [0, 0],
            [1, 1],
          ],
          showSymbol: false,
          lineStyle: { type: 'dashed', width: 1, color: '#aaa' },
        },
      ],
    },
  };
}

function withArea(name: string, area: number | null): string {
  return area === null ? name : `${name} (${area.toFixed(2)})`;
}

/** Names of people with more letters than this are turned, so that they do not overlap. */
const LONG_NAME = 6;

/** Balanced accuracy of each person, by method. */
export function subjectChart(target: string, methods: FiguresByMethod): Chart | undefined {
  const subjects = [...(methods[0]?.[1].bySubject.keys() ?? [])];
  if (subjects.length === 0) return undefined;
  const isLong = subjects.some((subject) => subject.length > LONG_NAME);
  return {
    title: `${target}: balanced accuracy by person`,
    widthPixels: Math.max(480, 120 + subjects.length * Math.max(34, methods.length * 16)),
    heightPixels: 320,
    option: {
      grid: { left: 50, right: 20, top: 84, bottom: isLong ? 70 : 30 },
      legend: { top: 28 },
      xAxis: { type: 'category', data: subjects, axisLabel: { interval: 0, rotate: isLong ? 35 : 0 } },
      yAxis: { type: 'value', min: 0, max: 1 },
      series: methods.map(([name, { bySubject }], at) => ({
        type: 'bar',
        name,
        data: subjects.map((subject) => bySubject.get(subject)?.balancedAccuracy ?? null),
        ...(at === 0 ? { markLine: chanceLine(methods[0]?.[1].pooled.classes.length ?? 2) } : {}),
      })),
    },
  };
}

function chanceLine(classes: number): object {
  return {
    silent: true,
    symbol: 'none',
    label: { formatter: 'guessing', position: 'insideEndTop' },
    lineStyle: { color: '#888' },
    data: [{ yAxis: 1 / classes }],
  };
}

/** The methods of a measurement that can be drawn beside each other, the network first. */
export function methodsOf(
  target: string,
  figures: ReadonlyMap<string, ProtocolFigures>,
  baselines: ReadonlyMap<Baseline, ReadonlyMap<string, ProtocolFigures>>,
): FiguresByMethod {
  const network = figures.get(target);
  const others = [...baselines].flatMap(([name, byTarget]): [string, ProtocolFigures][] => {
    const own = byTarget.get(target);
    return own === undefined ? [] : [[METHOD_NAMES[name], own]];
  });
  return network === undefined ? [] : [[METHOD_NAMES.network, network], ...others];
}

interface LearningCurve {
  readonly name: string;
  readonly history: readonly EpochRecord[];
}

/** Loss and, where it was watched, balanced accuracy on windows that were not trained on, by epoch. */
export function learningChart(title: string, curves: readonly LearningCurve[]): Chart | undefined {
  const drawn = curves.filter(({ history }) => history.length > 0);
  if (drawn.length === 0) return undefined;
  const isWatched = drawn.some(({ history }) => history.some((epoch) => watched(epoch) !== null));
  const line = (
    curve: LearningCurve,
    at: number,
    axis: number,
    value: (epoch: EpochRecord) => number | null,
  ) => ({
    type: 'line',
    name: curve.name,
    xAxisIndex: axis,
    yAxisIndex: axis,
    showSymbol: curve.history.length === 1,
    color: COLOURS[at % COLOURS.length],
    lineStyle: { width: 1.5 },
    data: curve.history.map((epoch) => [epoch.epoch, value(epoch)]),
  });
  const axis = (grid: number) => ({
    type: 'value',
    gridIndex: grid,
    min: 1,
    minInterval: 1,
    max: Math.max(2, ...drawn.map(({ history }) => history.length)),
    name: 'epoch',
    nameLocation: 'middle',
    nameGap: 26,
  });
  const grids = isWatched
    ? [
        { left: 60, width: 330, top: 54, bottom: 76 },
        { left: 470, width: 330, top: 54, bottom: 76 },
      ]
    : [{ left: 60, width: 500, top: 54, bottom: 76 }];
  return {
    title,
    widthPixels: isWatched ? 830 : 600,
    heightPixels: 340,
    option: {
      legend: { bottom: 4, type: 'plain', itemWidth: 14, textStyle: { fontSize: 10 } },
      grid: grids,
      xAxis: grids.map((_, at) => axis(at)),
      yAxis: grids.map((_, at) => ({
        type: 'value',
        gridIndex: at,
        scale: true,
        name: at === 0 ? 'loss' : 'balanced accuracy, unseen',
        nameTextStyle: { align: 'left' },
        ...(at === 1 ? { max: 1 } : {}),
      })),
      series: [
        ...drawn.map((curve, at) => line(curve, at, 0, ({ loss }) => loss)),
        ...(isWatched ? drawn.map((curve, at) => line(curve, at, 1, watched)) : []),
      ],
    },
  };
}

function watched({ validation, watched: unseen }: EpochRecord): number | null {
  return unseen ?? validation;
}
