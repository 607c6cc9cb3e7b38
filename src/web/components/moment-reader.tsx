import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Cursor, type Moment, shareOf, timeOf } from '../core/moment.js';
import type { Range } from '../core/range.js';

export interface MomentReaderProps {
  /** What time is drawn, from the left edge to the right one. */
  readonly range: Range;
  /** Between the edges of the box and those of the time, left and right. */
  readonly insetPixels?: number;
  /** Height of what can be read, from above; all of it by default. */
  readonly heightPixels?: number;
  readonly cursor: Signal<Cursor | undefined>;
  readonly describe: (timeMs: number) => Moment;
  readonly children: ComponentChildren;
}

/** Lets a mouse or a finger read what is drawn: a line at the place, and beside it what held then. */
export function MomentReader(props: MomentReaderProps) {
  const { range, insetPixels = 0, heightPixels, cursor, describe, children } = props;
  const box = useRef<HTMLDivElement>(null);
  const point = ({ clientX, clientY }: PointerEvent): void => {
    if (box.current === null) return;
    const { left, top, width, height } = box.current.getBoundingClientRect();
    const share = (clientX - left - insetPixels) / (width - 2 * insetPixels);
    const isInside = share >= 0 && share <= 1 && clientY - top <= (heightPixels ?? height);
    cursor.value = isInside ? { kind: 'place', share } : undefined;
  };
  useEffect(() => {
    const onPressed = ({ target }: PointerEvent): void => {
      if (target instanceof Node && !box.current?.contains(target)) cursor.value = undefined;
    };
    document.addEventListener('pointerdown', onPressed);
    return () => document.removeEventListener('pointerdown', onPressed);
  }, []);
  const at = cursor.value;
  const share = at === undefined ? undefined : shareOf(at, range);
  return (
    <div
      class="readable"
      ref={box}
      onPointerDown={point}
      onPointerMove={point}
      onPointerCancel={() => {
        cursor.value = undefined;
      }}
      onPointerLeave={({ pointerType }) => {
        // A finger that lets go leaves what it tapped to be read.
        if (pointerType !== 'touch') cursor.value = undefined;
      }}
    >
      {children}
      {at !== undefined && share !== undefined && (
        <Tip
          share={share}
          insetPixels={insetPixels}
          heightPixels={heightPixels}
          moment={describe(timeOf(at, range))}
        />
      )}
    </div>
  );
}

interface TipProps {
  readonly share: number;
  readonly insetPixels: number;
  readonly heightPixels: number | undefined;
  readonly moment: Moment;
}

function Tip({ share, insetPixels, heightPixels, moment: { time, lines } }: TipProps) {
  const place = `calc(${insetPixels}px + ${share} * (100% - ${2 * insetPixels}px))`;
  const side = share < 0.5 ? 'right-of' : 'left-of';
  return (
    <div
      class={`pointed ${side}`}
      style={{ left: place, height: heightPixels === undefined ? '100%' : `${heightPixels}px` }}
    >
      <div class="moment" role="tooltip">
        <strong>{time}</strong>
        {lines.map((line) => (
          <div key={line}>{line}</div>
        ))}
      </div>
    </div>
  );
}
