import { formatStatus, toneOf } from '../core/format.js';
import type { GarmentRow } from '../core/garments.js';

interface LegendProps {
  readonly targets: readonly string[];
  /** Of targets with more than two. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** What cameras saw. */
  readonly garments?: readonly GarmentRow[];
}

/** What the colours of the bands mean. */
export function Legend({ targets, classes, garments = [] }: LegendProps) {
  return (
    <ul class="legend" aria-label="Colours">
      {targets.flatMap((target, place) =>
        (classes[target] ?? ['yes', 'no']).map((status) => (
          <li key={`${target}/${status}`}>
            <span class={`swatch place-${place % 3} ${toneOf(status, classes[target])}`} />{' '}
            {formatStatus(target, status)}
          </li>
        )),
      )}
      {garments.map(({ label, tone }) => (
        <li key={`apparel/${label}`}>
          <span class={`swatch ${tone}`} /> {label} seen
        </li>
      ))}
      <li>
        <span class="swatch unknown" /> unknown
      </li>
      <li>
        <span class="swatch track" /> nothing known
      </li>
    </ul>
  );
}
