import type { OperatorFunction } from 'rxjs';
import type { DeviceId } from '../domain/ids.js';
import type { ResultBatch } from '../domain/store.js';
import type { SampleWindow, SkippedWindow } from '../domain/window.js';
import type { Clock } from '../shared/clock.js';
import { messageStage, type OnFault } from '../shared/faults.js';
import type { Due, DueWindow, LeftOutRun } from '../stream/window-frames.js';
import type { Events } from '../telemetry/events.js';

/** What names a window. */
type WindowKey = Pick<SampleWindow, 'device' | 'model' | 'startMs' | 'endMs'>;

interface WindowLedgerDependencies {
  readonly clock: Clock;
  readonly events: Pick<Events, 'windowsDue' | 'windowStored' | 'windowsSkipped'>;
}

/** Windows on the disk of which it is remembered when they came; of more than these the latency is not measured. */
const MAX_REMEMBERED = 20_000;

/**
 * Knows every window that is due until it is done: stored, on a disk, or skipped. Each is settled exactly once.
 *
 * Counted window by window, never computed from other counts, so that the ledger shows a window that got lost.
 */
export class WindowLedger {
  readonly #clock: Clock;
  readonly #events: WindowLedgerDependencies['events'];
  /** When the messages came that completed windows which are pending, epoch milliseconds. */
  readonly #pending = new Map<string, number[]>();
  /** The same of windows that wait on the disk. */
  readonly #kept = new Map<string, number>();
  readonly #open = new OpenWindows();
  readonly #changed = new Set<DeviceId>();
  readonly #elsewhere: (() => number)[] = [];
  #count = 0;

  constructor({ clock, events }: WindowLedgerDependencies) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Windows that are due and neither stored nor skipped yet. */
  get pending(): number {
    return this.#elsewhere.reduce((sum, count) => sum + count(), this.#count);
  }

  /** Counts windows, too, that wait in a place of their own and were settled here. */
  countElsewhere(count: () => number): void {
    this.#elsewhere.push(count);
  }

  /** Whether a window of a device is pending. */
  hasOf(device: DeviceId): boolean {
    const prefix = `${device}/`;
    return [...this.#pending.keys()].some((name) => name.startsWith(prefix));
  }

  /** Where the windows of each device and model go on. */
  get open(): Pick<OpenWindows, 'earliestStartMs' | 'next' | 'forget'> {
    return this.#open;
  }

  /** Devices of which a window was settled since this was asked last. */
  takeChanged(): DeviceId[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** A window is complete: the message that did so came just now. */
  due(window: WindowKey): void {
    const name = nameOf(window);
    const arrivals = this.#pending.get(name);
    if (arrivals === undefined) this.#pending.set(name, [this.#clock.nowMs()]);
    else arrivals.push(this.#clock.nowMs());
    this.#count += 1;
    this.#open.add(window);
    this.#events.windowsDue(1);
  }

  /** Windows were due that will never be made: what comes after them goes on behind the last. */
  leftOut({ device, model, count, lastStartMs }: LeftOutRun): void {
    const last = { device, model, startMs: lastStartMs };
    this.#open.add(last);
    this.#open.settle(last);
    this.#changed.add(device);
    this.#events.windowsDue(count);
    this.#events.windowsSkipped('low-coverage', count);
  }

  /** There will be no result of the window. */
  skipped(window: SkippedWindow): void {
    this.#settle(window);
    this.#events.windowsSkipped(window.skipped, 1);
  }

  /** The batch is in the store, but for `refusedWindows` of its windows: a store only says how many. */
  stored({ windows }: ResultBatch, refusedWindows: number): void {
    for (const [index, window] of windows.entries())
      this.#finish(this.#settle(window), index < refusedWindows);
  }

  /** The batch will never be in the store. */
  lost(batch: ResultBatch): void {
    this.stored(batch, batch.windows.length);
  }

  /** The batch is safe on the disk, but for so many of its windows; those wait there to be stored. */
  kept({ windows }: ResultBatch, refusedWindows: number): void {
    for (const [index, window] of windows.entries()) {
      const arrivedAtMs = this.#settle(window);
      if (index < refusedWindows) this.#finish(arrivedAtMs, true);
      else if (arrivedAtMs !== undefined && this.#kept.size < MAX_REMEMBERED)
        this.#kept.set(nameOf(window), arrivedAtMs);
    }
  }

  /** A batch that waited on the disk is in the store, but for so many of its windows. */
  delivered({ windows }: ResultBatch, refusedWindows: number): void {
    for (const [index, window] of windows.entries()) {
      const name = nameOf(window);
      this.#finish(this.#kept.get(name), index < refusedWindows);
      this.#kept.delete(name);
    }
  }

  /** So many windows that waited on the disk are not there any more, and were not stored. */
  gone(windows: number, reason: 'outbox-expired' | 'forgotten'): void {
    if (windows > 0) this.#events.windowsSkipped(reason, windows);
  }

  /** So many windows of an earlier run wait on the disk. */
  restored(windows: number): void {
    this.#events.windowsDue(windows);
  }

  /** @returns when the message came that completed the window, epoch milliseconds; `undefined` if it was not pending */
  #settle(window: WindowKey): number | undefined {
    this.#open.settle(window);
    this.#changed.add(window.device);
    const name = nameOf(window);
    const arrivals = this.#pending.get(name);
    const arrivedAtMs = arrivals?.shift();
    if (arrivals?.length === 0) this.#pending.delete(name);
    if (arrivedAtMs !== undefined) this.#count -= 1;
    return arrivedAtMs;
  }

  #finish(arrivedAtMs: number | undefined, isRefused: boolean): void {
    if (isRefused) this.#events.windowsSkipped('store-refused', 1);
    else this.#events.windowStored(arrivedAtMs === undefined ? undefined : this.#clock.nowMs() - arrivedAtMs);
  }
}

function nameOf({ device, model, endMs }: WindowKey): string {
  return `${device}/${model}/${endMs}`;
}

/** Enters windows that are due into the ledger; those that are left out end there. */
export function accountFor(
  windows: Pick<WindowLedger, 'due' | 'leftOut'>,
  onFault?: OnFault,
): OperatorFunction<Due, DueWindow> {
  return messageStage('ledger', onFault, (due, emit) => {
    if (due.type === 'left-out') {
      windows.leftOut(due.run);
    } else {
      windows.due(due.window);
      emit(due);
    }
  });
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
