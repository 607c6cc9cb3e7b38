import type { StatusInterval } from '../../client/client.js';
import { toneOf } from '../core/format.js';
import type { Range } from '../core/range.js';

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

const WIDTH = 1000;
const ROW_HEIGHT = 14;
const BAND_HEIGHT = 11;

/** Timelines as narrow bands, one below the other; a picture without words of its own. */
export function Bands({ range, rows }: BandsProps) {
  const scale = WIDTH / (range.toMs - range.fromMs);
  return (
    <svg
      class="bands"
      viewBox={`0 0 ${WIDTH} ${rows.length * ROW_HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {rows.map(({ target, place, classes, intervals }, row) => (
        <g key={target} class={`place-${place % 3}`}>
          <rect class="track" x={0} y={row * ROW_HEIGHT} width={WIDTH} height={BAND_HEIGHT} />
          {intervals.map(({ fromMs, toMs, status }) => {
            const x = Math.max(0, (fromMs - range.fromMs) * scale);
            const width = Math.min(WIDTH, (toMs - range.fromMs) * scale) - x;
            return width > 0 ? (
              <rect
                key={fromMs}
                class={toneOf(status, classes)}
                x={x}
                y={row * ROW_HEIGHT}
                width={width}
                height={BAND_HEIGHT}
              />
            ) : null;
          })}
        </g>
      ))}
    </svg>
  );
}
