import type { TrackedFigures } from '../motion/figures/tracked-figures.js';

/** Style sheet of the report; readable on a phone and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6875; --line: #dfe5ea; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #f5f7f9; }
header { background: #fff; border-bottom: 1px solid var(--line); padding: 1.5rem max(1rem, calc(50vw - 34rem)) 1rem; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.6rem; } h1 small { color: var(--soft); font-size: .9rem; font-weight: 400; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; } h3 { margin: 1.2rem 0 .4rem; font-size: 1rem; }
.facts, small, caption { color: var(--soft); }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.2rem; margin: 0 0 1rem; }
.headline strong { font-size: 2rem; color: var(--accent); }
.warning { background: #fff4e5; border-left: 4px solid #e69f00; padding: .5rem .8rem; }
.note { color: var(--soft); }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; font-size: .85rem; padding-top: .2rem; }
th, td { padding: .25rem 0 .25rem 1rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; white-space: normal; vertical-align: bottom; }
.plots { display: flex; flex-wrap: wrap; gap: .5rem; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; background: #f5f7f9; padding: .6rem; border-radius: 6px; font-size: .85rem; }
summary { cursor: pointer; margin: .6rem 0; }
@media print { body, section { background: #fff; border: 0; } }
`;

/** A table of cells that are HTML already; columns after the first are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], caption = ''): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="table"><table>${caption === '' ? '' : `<caption>${caption}</caption>`}
<thead>${line('th', head)}</thead>
<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody>
</table></div>`;
}

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
