import { useId } from 'preact/hooks';
import type { StatusInterval } from '../client/client.js';
import { HATCH_PIXELS } from '../core/colours.js';
import { toneOf } from '../core/format.js';
import type { Range } from '../core/range.js';
import { ticksOf } from '../core/ticks.js';

export interface BandsProps {
  readonly range: Range;
  readonly rows: readonly {
    readonly target: string;
    readonly place: number;
    /** Of a target with more than two. */
    readonly classes?: readonly string[] | undefined;
    readonly intervals: readonly StatusInterval[];
  }[];
}

const ROW_PIXELS = 18;
const BAND_PIXELS = 14;
const MOST_TICKS = 6;
/** A label further to the right would be cut off. */
const LAST_TICK_SHARE = 0.88;

/** Timelines as narrow bands, one below the other, above a time axis; a picture without words of its own. */
export function Bands({ range, rows }: BandsProps) {
  const hatch = useId();
  const shareOf = (timeMs: number): number => (timeMs - range.fromMs) / (range.toMs - range.fromMs);
  const ticks = ticksOf(range, MOST_TICKS).filter(({ timeMs }) => shareOf(timeMs) < LAST_TICK_SHARE);
  return (
    <div>
      <svg class="bands" height={rows.length * ROW_PIXELS} aria-hidden="true">
        <defs>
          <pattern id={hatch} width={HATCH_PIXELS} height={HATCH_PIXELS} patternUnits="userSpaceOnUse">
            <path class="ground" d={`M0 0h${HATCH_PIXELS}v${HATCH_PIXELS}h-${HATCH_PIXELS}z`} />
            <path class="line" d={linesOf(HATCH_PIXELS)} />
          </pattern>
        </defs>
        {rows.map(({ target, place, classes, intervals }, row) => (
          <g key={target} class={`place-${place % 3}`}>
            <rect class="track" y={row * ROW_PIXELS} width="100%" height={BAND_PIXELS} />
            {intervals.map(({ fromMs, toMs, status }) => {
              const left = Math.max(0, shareOf(fromMs));
              const width = Math.min(1, shareOf(toMs)) - left;
              return width > 0 ? (
                <rect
                  key={fromMs}
                  class={toneOf(status, classes)}
                  x={`${100 * left}%`}
                  y={row * ROW_PIXELS}
                  width={`${100 * width}%`}
                  height={BAND_PIXELS}
                  fill={status === 'unknown' ? `url(#${hatch})` : undefined}
                />
              ) : null;
            })}
          </g>
        ))}
      </svg>
      <div class="ticks" aria-hidden="true">
        {ticks.map(({ timeMs, label }) => (
          <span key={timeMs} style={{ left: `${100 * shareOf(timeMs)}%` }}>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}

/** Lines from the lower left to the upper right that go on in the next tile. */
function linesOf(size: number): string {
  return [-size, 0, size].map((left) => `M${left - 1} ${size + 1}L${left + size + 1} -1`).join('');
}
