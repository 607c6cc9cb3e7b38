import type { TrackedFigures } from '../motion/figures/tracked-figures.js';
import { table } from './table.js';

/** Figures of statuses, in the units people think in. */
export function trackedTable(figures: TrackedFigures): string {
  return table(
    [
      'after tracking',
      'accuracy',
      'balanced accuracy',
      'unknown',
      'switches/h',
      'true switches/h',
      'delay, median',
      'changes missed',
    ],
    [
      [
        'status against labels',
        percent(figures.accuracy),
        percent(figures.balancedAccuracy),
        percent(figures.unknown),
        number(figures.switchesPerHour),
        number(figures.trueSwitchesPerHour),
        figures.delayMs === null ? '–' : `${(figures.delayMs / 1000).toFixed(0)} s`,
        `${figures.missedChanges} of ${figures.changes}`,
      ],
    ],
    'Shares of the labelled time, with the gateway’s default smoothing, hysteresis and dwell.',
  );
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(1)} %`;
}

function number(value: number | null): string {
  return value === null ? '–' : value.toFixed(1);
}
