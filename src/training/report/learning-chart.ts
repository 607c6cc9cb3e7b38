import type { EpochRecord } from '../motion/run-state.js';
import { type Chart, COLOURS } from './render-chart.js';

export interface LearningCurve {
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
