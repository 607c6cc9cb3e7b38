import type { DeviceId } from '../domain/ids.js';
import type { SkippedWindow } from '../domain/prediction.js';
import type { ResultBatch, StoredWindow } from '../domain/store.js';
import type { SampleWindow } from '../domain/window.js';
import type { Clock } from '../shared/clock.js';
import type { Events } from '../telemetry/events.js';

/** What names a window's result. */
interface WindowKey {
  readonly device: DeviceId;
  readonly model: string;
  /** Epoch milliseconds. */
  readonly endMs: number;
}

/**
 * The windows that are due and neither stored nor skipped yet, each with the arrival of the message that completed it.
 *
 * Counted window by window, never computed from other counts, so that the ledger shows a window that got lost.
 */
export class PendingWindows {
  readonly #arrivals = new Map<string, number[]>();
  readonly #elsewhere: (() => number)[] = [];
  #count = 0;

  get count(): number {
    return this.#elsewhere.reduce((sum, count) => sum + count(), this.#count);
  }

  /** Counts windows, too, that wait in a place of their own and were settled here. */
  countElsewhere(count: () => number): void {
    this.#elsewhere.push(count);
  }

  /** Whether a window of a device is pending. */
  hasOf(device: DeviceId): boolean {
    const prefix = `${device}/`;
    return [...this.#arrivals.keys()].some((name) => name.startsWith(prefix));
  }

  /** @param arrivedAtMs gateway time of the completing message, epoch milliseconds */
  add(key: WindowKey, arrivedAtMs: number): void {
    const name = nameOf(key);
    const arrivals = this.#arrivals.get(name);
    if (arrivals === undefined) this.#arrivals.set(name, [arrivedAtMs]);
    else arrivals.push(arrivedAtMs);
    this.#count += 1;
  }

  /** Settles a window; returns the arrival of its completing message, or `undefined` if it was not pending. */
  settle(key: WindowKey): number | undefined {
    const name = nameOf(key);
    const arrivals = this.#arrivals.get(name);
    const arrivedAtMs = arrivals?.shift();
    if (arrivals?.length === 0) this.#arrivals.delete(name);
    if (arrivedAtMs !== undefined) this.#count -= 1;
    return arrivedAtMs;
  }
}

interface WindowAccountsDependencies {
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

function nameOf({ device, model, endMs }: WindowKey): string {
  return `${device}/${model}/${endMs}`;
}

type WindowName = Pick<SampleWindow, 'device' | 'model' | 'startMs'>;

/** Where a model's windows of a device go on. */
interface NextWindow {
  /** Start of the earliest window that is not done; of the last one when all are. Epoch milliseconds. */
  readonly startMs: number;
  readonly isDone: boolean;
}

interface OfModel {
  readonly open: Set<number>;
  lastStartMs: number;
}

/** The windows of each device and model that are due and not done yet, by their start. */
export class OpenWindows {
  readonly #devices = new Map<DeviceId, Map<string, OfModel>>();

  add({ device, model, startMs }: WindowName): void {
    const models = this.#devices.get(device) ?? new Map<string, OfModel>();
    this.#devices.set(device, models);
    const known = models.get(model) ?? { open: new Set(), lastStartMs: startMs };
    models.set(model, known);
    known.open.add(startMs);
    known.lastStartMs = Math.max(known.lastStartMs, startMs);
  }

  settle({ device, model, startMs }: WindowName): void {
    this.#devices.get(device)?.get(model)?.open.delete(startMs);
  }

  /** Start of the earliest open window of any model, epoch milliseconds; Infinity when none is open. */
  earliestStartMs(device: DeviceId): number {
    const models = this.#devices.get(device)?.values() ?? [];
    return Array.from(models).reduce(
      (earliestMs, { open }) => Math.min(earliestMs, lowestOf(open)),
      Number.POSITIVE_INFINITY,
    );
  }

  /** `undefined` before the first window. */
  next(device: DeviceId, model: string): NextWindow | undefined {
    const known = this.#devices.get(device)?.get(model);
    if (known === undefined) return undefined;
    if (known.open.size === 0) return { startMs: known.lastStartMs, isDone: true };
    return { startMs: lowestOf(known.open), isDone: false };
  }

  forget(device: DeviceId): void {
    this.#devices.delete(device);
  }
}

/** Infinity when there is none. */
function lowestOf(times: Iterable<number>): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const time of times) lowest = Math.min(lowest, time);
  return lowest;
}
