import { formatStatus } from '../core/format.js';

/** What the colours of the bands mean. */
export function Legend({ targets }: { readonly targets: readonly string[] }) {
  return (
    <ul class="legend" aria-label="Colours">
      {targets.flatMap((target, place) =>
        (['yes', 'no'] as const).map((status) => (
          <li key={`${target}/${status}`}>
            <span class={`swatch place-${place % 3} ${status}`} /> {formatStatus(target, status)}
          </li>
        )),
      )}
      <li>
        <span class="swatch unknown" /> unknown
      </li>
    </ul>
  );
}
