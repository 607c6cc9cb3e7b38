import type { DeviceId } from '../domain/ids.js';
import type { SampleWindow } from '../domain/window.js';

type WindowName = Pick<SampleWindow, 'device' | 'model' | 'startMs'>;

/** Where a model's windows of a device go on. */
export interface NextWindow {
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
