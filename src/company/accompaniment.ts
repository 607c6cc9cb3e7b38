import type { DeviceId } from '../domain/ids.js';
import type { StatusUpdate } from '../domain/status.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { SeenDevice } from './companions.js';

const TARGET = 'accompanied';
/** A device must have been looked at for this long before it is said that nobody is with it, milliseconds. */
const DECIDE_MS = 60_000;

export interface AccompanimentOptions {
  /** Everybody who matters carries a device: who is with nobody is not accompanied. */
  readonly isClosed: boolean;
  /** How often a status is repeated, milliseconds. */
  readonly heartbeatMs: number;
}

interface Told {
  /** `undefined`: what a model says, if there is one, holds. */
  status: 'yes' | 'no' | undefined;
  sinceMs: number;
  /** Event time of the last update of the device, epoch milliseconds. */
  saidMs: number;
  readonly firstSeenMs: number;
  /** What a model said last. */
  model: StatusUpdate | undefined;
}

/**
 * Makes statuses of `accompanied` from company: `yes` while another device is with one, whatever a model says; otherwise
 * the model's word, `no` where company is closed, else nothing.
 */
export class Accompaniment {
  readonly #options: AccompanimentOptions;
  readonly #devices = new Map<DeviceId, Told>();

  constructor(options: AccompanimentOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier run said. */
  resume({ device, sinceMs }: CompanyUpdate): void {
    const before = this.#devices.get(device);
    const earliestMs = Math.min(sinceMs, before?.sinceMs ?? sinceMs);
    this.#devices.set(device, {
      status: 'yes',
      sinceMs: earliestMs,
      saidMs: earliestMs,
      firstSeenMs: earliestMs,
      model: undefined,
    });
  }

  /** A model's word. @returns what is to be said */
  told(update: StatusUpdate): StatusUpdate | undefined {
    if (update.target !== TARGET) return update;
    const known = this.#devices.get(update.device);
    if (known === undefined) return update;
    known.model = update;
    if (known.status !== undefined) return undefined;
    known.saidMs = Math.max(known.saidMs, update.atMs);
    return update;
  }

  /** A device was looked at. @returns what is to be said */
  seen(seen: SeenDevice): StatusUpdate | undefined {
    const { device, atMs, company, isGone } = seen;
    const known = this.#devices.get(device) ?? this.#meet(device, atMs);
    const status = this.#statusOf(seen, known.firstSeenMs);
    if (status !== known.status) return this.#change(known, status, seen);
    if (isGone) this.#devices.delete(device);
    if (status === undefined || atMs - known.saidMs < this.#options.heartbeatMs) return undefined;
    known.saidMs = atMs;
    const confidence = company?.probability ?? 1;
    return updateOf(device, { status, confidence, sinceMs: known.sinceMs, atMs }, 'heartbeat');
  }

  #statusOf({ atMs, company, isGone }: SeenDevice, firstSeenMs: number): Told['status'] {
    if (company !== undefined) return 'yes';
    return this.#options.isClosed && !isGone && atMs - firstSeenMs >= DECIDE_MS ? 'no' : undefined;
  }

  /** Where company says nothing any more, the model's last word holds again. */
  #change(
    known: Told,
    status: Told['status'],
    { device, company, isGone, ...seen }: SeenDevice,
  ): StatusUpdate {
    const sinceMs = Math.max(seen.sinceMs, known.saidMs + 1);
    Object.assign(known, { status, sinceMs, saidMs: sinceMs });
    if (isGone) this.#devices.delete(device);
    const word = isGone ? undefined : known.model;
    const said = status ?? word?.status ?? 'unknown';
    const confidence = status === undefined ? (word?.confidence ?? 0) : (company?.probability ?? 1);
    return updateOf(device, { status: said, confidence, sinceMs, atMs: sinceMs }, 'change');
  }

  #meet(device: DeviceId, atMs: number): Told {
    const met = { status: undefined, sinceMs: atMs, saidMs: Number.NEGATIVE_INFINITY, firstSeenMs: atMs };
    const told: Told = { ...met, model: undefined };
    this.#devices.set(device, told);
    return told;
  }
}

function updateOf(
  device: DeviceId,
  said: Pick<StatusUpdate, 'status' | 'confidence' | 'sinceMs' | 'atMs'>,
  kind: StatusUpdate['kind'],
): StatusUpdate {
  return { id: `${device}/${TARGET}/${said.sinceMs}/${said.status}`, device, target: TARGET, ...said, kind };
}
