import type { TrackedFigures } from '../motion/figures/tracked-figures.js';
import { table } from './table.js';

/** Figures of statuses side by side, in the units people think in. */
export function trackedTable(smoothed: TrackedFigures, filtered: TrackedFigures | undefined): string {
  const head = [
    'status made by',
    'right',
    'balanced',
    'unknown',
    'switches/h',
    'true switches/h',
    'delay, median',
    'changes missed',
  ];
  const rows = [
    ...(filtered === undefined ? [] : [row('the model’s own filter', filtered)]),
    row('smoothing, hysteresis and dwell', smoothed),
  ];
  const learnt = 'Each person’s filter is learnt from the other people. ';
  return table(head, rows, `${filtered === undefined ? '' : learnt}Shares are of the labelled time.`);
}

function row(name: string, figures: TrackedFigures): string[] {
  return [
    name,
    percent(figures.accuracy),
    percent(figures.balancedAccuracy),
    percent(figures.unknown),
    number(figures.switchesPerHour),
    number(figures.trueSwitchesPerHour),
    figures.delayMs === null ? '–' : `${(figures.delayMs / 1000).toFixed(0)} s`,
    `${figures.missedChanges} of ${figures.changes}`,
  ];
}

function percent(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(1)} %`;
}

function number(value: number | null): string {
  return value === null ? '–' : value.toFixed(1);
}
