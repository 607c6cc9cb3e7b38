import type { Clock } from '../clock.js';
import type { SkippedWindow } from '../domain/prediction.js';
import type { ResultBatch, StoredWindow } from '../domain/store.js';
import type { Events } from '../events.js';
import type { PendingWindows } from './pending-windows.js';

export interface WindowAccountsDependencies {
  readonly clock: Clock;
  readonly events: Pick<Events, 'windowsDue' | 'windowStored' | 'windowsSkipped'>;
  readonly pending: PendingWindows;
  /** Told of each window that is safe on a disk, or will never be stored. */
  readonly onSettled: (window: Pick<StoredWindow, 'device' | 'model' | 'startMs'>) => void;
}

/** Settles each window that was due exactly once: stored or skipped. */
export class WindowAccounts {
  readonly #dependencies: WindowAccountsDependencies;

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

  skipped(window: SkippedWindow): void {
    this.#dependencies.pending.settle(window);
    this.#dependencies.onSettled(window);
    this.#dependencies.events.windowsSkipped(window.skipped, 1);
  }
}
