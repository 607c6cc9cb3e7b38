import type { SkippedWindow } from '../domain/prediction.js';
import type { ResultBatch, StoredWindow } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import type { Events } from '../telemetry/events.js';
import type { PendingWindows } from './pending-windows.js';

export interface WindowAccountsDependencies {
  readonly clock: Clock;
  readonly events: Pick<Events, 'windowsDue' | 'windowStored' | 'windowsSkipped'>;
  readonly pending: PendingWindows;
  /** Told of each window that is safe on a disk, or will never be stored. */
  readonly onSettled: (window: Pick<StoredWindow, 'device' | 'model' | 'startMs'>) => void;
}

/** Windows on the disk of which it is remembered when they came; of more than these the latency is not measured. */
const MAX_REMEMBERED = 20_000;

/** Settles each window that was due exactly once: stored or skipped. */
export class WindowAccounts {
  readonly #dependencies: WindowAccountsDependencies;
  /** When the messages came that completed windows which wait on the disk now, epoch milliseconds. */
  readonly #arrivals = new Map<string, number>();

  constructor(dependencies: WindowAccountsDependencies) {
    this.#dependencies = dependencies;
  }

  /** The batch is in the store, but for `refusedWindows` of its windows: a store only says how many. */
  readonly stored = ({ windows }: ResultBatch, refusedWindows: number): void => {
    const { clock, events, pending } = this.#dependencies;
    const nowMs = clock.nowMs();
    for (const [index, window] of windows.entries()) {
      const arrivedAtMs = pending.settle(window);
      this.#dependencies.onSettled(window);
      if (index < refusedWindows) events.windowsSkipped('store-refused', 1);
      else events.windowStored(arrivedAtMs === undefined ? undefined : nowMs - arrivedAtMs);
    }
  };

  /** The batch will never be in the store. */
  readonly lost = (batch: ResultBatch): void => this.stored(batch, batch.windows.length);

  /** The batch is safe on the disk, but for so many of its windows; those wait there to be stored. */
  readonly kept = ({ windows }: ResultBatch, refusedWindows: number): void => {
    const { events, pending, onSettled } = this.#dependencies;
    for (const [index, window] of windows.entries()) {
      const arrivedAtMs = pending.settle(window);
      onSettled(window);
      if (index < refusedWindows) events.windowsSkipped('store-refused', 1);
      else if (arrivedAtMs !== undefined && this.#arrivals.size < MAX_REMEMBERED)
        this.#arrivals.set(nameOf(window), arrivedAtMs);
    }
  };

  /** A batch that waited on the disk is in the store, but for so many of its windows. */
  readonly delivered = ({ windows }: ResultBatch, refusedWindows: number): void => {
    const { clock, events } = this.#dependencies;
    const nowMs = clock.nowMs();
    for (const [index, window] of windows.entries()) {
      const name = nameOf(window);
      const arrivedAtMs = this.#arrivals.get(name);
      this.#arrivals.delete(name);
      if (index < refusedWindows) events.windowsSkipped('store-refused', 1);
      else events.windowStored(arrivedAtMs === undefined ? undefined : nowMs - arrivedAtMs);
    }
  };

  /** So many windows that waited on the disk are not there any more, and were not stored. */
  readonly gone = (windows: number, reason: 'outbox-expired' | 'forgotten'): void => {
    if (windows > 0) this.#dependencies.events.windowsSkipped(reason, windows);
  };

  /** So many windows of an earlier run wait on the disk. */
  readonly restored = (windows: number): void => this.#dependencies.events.windowsDue(windows);

  skipped(window: SkippedWindow): void {
    this.#dependencies.pending.settle(window);
    this.#dependencies.onSettled(window);
    this.#dependencies.events.windowsSkipped(window.skipped, 1);
  }
}

function nameOf({ device, model, endMs }: StoredWindow): string {
  return `${device}/${model}/${endMs}`;
}
