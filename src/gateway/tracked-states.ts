import type { OperatorFunction } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import { type OnFault, resultStage } from '../shared/faults.js';
import type { TrackState } from '../stream/status-tracker.js';
import type { Tracked } from '../stream/track-status.js';

/** The states of statuses of the devices that are followed, as the next run needs them. */
export class TrackedStates {
  readonly #devices = new Map<DeviceId, Map<string, TrackState>>();
  readonly #changed = new Set<DeviceId>();

  /** States of a device are remembered from here on; those of one that is followed stay. */
  follow(device: DeviceId, states: Readonly<Record<string, TrackState>> = {}): void {
    if (!this.#devices.has(device)) this.#devices.set(device, new Map(Object.entries(states)));
  }

  /** Takes note of a state. That of a device that was forgotten meanwhile is not kept. */
  take(device: DeviceId, target: string, state: TrackState): void {
    const states = this.#devices.get(device);
    if (states === undefined) return;
    states.set(target, state);
    this.#changed.add(device);
  }

  /** By target. */
  of(device: DeviceId): Record<string, TrackState> {
    return Object.fromEntries(this.#devices.get(device) ?? []);
  }

  /** Devices of which a state came since this was asked last. */
  takeChanged(): DeviceId[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  forget(device: DeviceId): void {
    this.#devices.delete(device);
    this.#changed.delete(device);
  }
}

/** Remembers the states of statuses for the next run, and lets everything else pass. */
export function rememberStates(
  states: Pick<TrackedStates, 'take'>,
  onFault?: OnFault,
): OperatorFunction<Tracked, Exclude<Tracked, { type: 'state' }>> {
  return resultStage('states', onFault, (tracked, emit) => {
    if (tracked.type === 'state') states.take(tracked.device, tracked.target, tracked.state);
    else emit(tracked);
  });
}
