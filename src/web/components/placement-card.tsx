import type { Device } from '../client/client.js';

export type Placement = Device['placement'];
export type StatedPlacement = Exclude<Placement, 'assumed'>;

const WORDS: Readonly<Record<StatedPlacement, string>> = {
  chest: 'On the chest',
  pocket: 'In a pocket',
  wrist: 'On the wrist',
  hand: 'In the hand',
  any: 'Now here, now there',
};
const PLACES = Object.keys(WORDS) as readonly StatedPlacement[];

export interface PlacementCardProps {
  readonly placement: Placement;
  /** Without it the answer is only shown. */
  readonly onSay?: ((placement: StatedPlacement) => void) | undefined;
  /** Why it could not be said. */
  readonly problem: string | undefined;
}

/** Asks where a device is worn, and shows what was answered. */
export function PlacementCard({ placement, onSay, problem }: PlacementCardProps) {
  return (
    <section class="card stack" aria-labelledby="placement" data-placement={placement}>
      <h2 id="placement">Where is it worn?</h2>
      <p class="soft">
        {placement === 'assumed'
          ? 'Nobody has said. Until then each model speaks as if the device were worn where the model needs it.'
          : 'A model that was made for another place says nothing of it.'}
      </p>
      <div class="row">
        {PLACES.map((place) => (
          <button
            key={place}
            type="button"
            data-place={place}
            aria-pressed={placement === place}
            disabled={onSay === undefined}
            onClick={() => onSay?.(place)}
          >
            {WORDS[place]}
          </button>
        ))}
      </div>
      {onSay === undefined && <p class="soft">A token with the scope ingest is needed to say it.</p>}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
