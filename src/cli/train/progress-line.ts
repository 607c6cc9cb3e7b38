import type { CliContext } from '../context.js';

export interface ProgressLine {
  /**
   * Tells how far a phase is.
   *
   * @param done 0..1
   */
  update(phase: string, done: number, detail?: string): void;
}

/** Between two lines when the progress goes to a file. */
const LINE_EVERY_MS = 30_000;
/** Between two redraws on a terminal. */
const REDRAW_EVERY_MS = 200;
const BAR_CELLS = 24;
/** Moves the cursor up to the line before and clears it. */
const REDRAW = '\u001b[1A\u001b[2K';

/** Progress with the time left: a bar that is redrawn on a terminal, a line now and then elsewhere. */
export function createProgressLine(context: CliContext): ProgressLine {
  const everyMs = context.isTerminal ? REDRAW_EVERY_MS : LINE_EVERY_MS;
  let phaseNow: string | undefined;
  let startedMs = 0;
  let writtenMs = Number.NEGATIVE_INFINITY;
  return {
    update(phase, done, detail = '') {
      const nowMs = context.clock.nowMs();
      const isNew = phase !== phaseNow;
      if (isNew) {
        phaseNow = phase;
        startedMs = nowMs;
      }
      if (!isNew && done < 1 && nowMs - writtenMs < everyMs) return;
      writtenMs = nowMs;
      const left =
        done > 0 && nowMs > startedMs ? `, ${duration(((nowMs - startedMs) * (1 - done)) / done)} left` : '';
      const bar = context.isTerminal ? `${barOf(done)} ` : '';
      const line = `${phase}: ${bar}${Math.floor(done * 100)} %${left}${detail === '' ? '' : `, ${detail}`}`;
      context.note(context.isTerminal && !isNew ? `${REDRAW}${line}` : line);
    },
  };
}

function barOf(done: number): string {
  const full = Math.round(done * BAR_CELLS);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
