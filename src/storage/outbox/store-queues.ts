import type { DeviceId } from '../../domain/ids.js';
import type { ResultBatch } from '../../domain/store.js';
import { GatewayError } from '../../shared/errors.js';
import {
  decodePoint,
  encodePoint,
  POINT_KINDS,
  type PointKind,
  type PointOf,
  tellsOf,
} from '../point-codec.js';
import type { EntryId, Outbox, QueueSize } from './outbox.js';

/** Points that wait on the disk, still there. */
export interface WaitingBatch {
  readonly batch: ResultBatch;
  readonly ids: Readonly<Record<PointKind, readonly EntryId[]>>;
  /** Entries among the ids that hold no point any more. */
  readonly damaged: PointCounts;
  /** When the oldest point was kept, epoch milliseconds. */
  readonly oldestAtMs: number;
}

interface QueueLimit {
  /** Of all queues together. */
  readonly maxBytes: number;
  /** Points kept before this go, epoch milliseconds. */
  readonly keepFromMs: number;
}

/** Of what fits on the disk, the largest share that statuses, labels of apparel, or company, may take from windows. */
const SHARE_OF_OTHERS = 1 / 8;

/**
 * The queues of an outbox in which results wait for the store, one a kind of points, since windows go oldest first and
 * statuses newest first: after an outage people want to know what is, before what was.
 */
export class StoreQueues {
  readonly #outbox: Outbox;
  readonly #name: string;

  /** @param name of the destination */
  constructor(outbox: Outbox, name = 'store') {
    this.#outbox = outbox;
    this.#name = name;
  }

  /** Points waiting, by kind. */
  get waiting(): PointCounts {
    return byKind((kind) => this.#sizeOf(kind).entries);
  }

  get points(): number {
    return sumOf(this.waiting);
  }

  get bytes(): number {
    return sumOf(byKind((kind) => this.#sizeOf(kind).bytes));
  }

  /** When the oldest point was kept, epoch milliseconds. */
  get oldestAtMs(): number | undefined {
    const times = POINT_KINDS.map((kind) => this.#sizeOf(kind).oldestAtMs).filter(
      (atMs) => atMs !== undefined,
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Makes sure that what waits is known. */
  async open(): Promise<void> {
    await this.#outbox.open();
  }

  /** Resolves when the points are on the disk. */
  async keep(batch: ResultBatch, nowMs: number): Promise<void> {
    const appends = POINT_KINDS.filter((kind) => batch[kind].length > 0).map((kind) =>
      this.#outbox.append(this.#queue(kind), batch[kind].map(encodePoint), nowMs),
    );
    await Promise.all(appends);
  }

  /**
   * The points that are to be written next; `undefined` when none wait.
   *
   * @throws GatewayError `OUTBOX_UNAVAILABLE` (retryable) when the disk does not give what should wait there
   */
  async next(points: number): Promise<WaitingBatch | undefined> {
    const share = shareBatch(this.waiting, points);
    if (sumOf(share) === 0) return undefined;
    const windows = await this.#peek('windows', share.windows, 'oldest');
    const statuses = await this.#peek('statuses', share.statuses, 'newest');
    const apparel = await this.#peek('apparel', share.apparel, 'newest');
    const company = await this.#peek('company', share.company, 'newest');
    const all = { windows, statuses, apparel, company };
    if (Object.values(all).every(({ ids }) => ids.length === 0)) {
      throw new GatewayError('OUTBOX_UNAVAILABLE', 'the outbox has lost what should wait in it', {
        retryable: true,
      });
    }
    return {
      batch: {
        windows: windows.points,
        statuses: statuses.points,
        apparel: apparel.points,
        company: company.points,
      },
      ids: byKind((kind) => all[kind].ids),
      damaged: byKind((kind) => all[kind].damaged),
      oldestAtMs: Math.min(...Object.values(all).map(({ oldestAtMs }) => oldestAtMs)),
    };
  }

  /** Removes what {@link next} gave. */
  async settle({ ids }: WaitingBatch): Promise<void> {
    const settled = POINT_KINDS.filter((kind) => ids[kind].length > 0).map((kind) =>
      this.#outbox.settle(this.#queue(kind), ids[kind]),
    );
    await Promise.all(settled);
  }

  /** Lets the oldest points go that are beyond the limits, some at a time. */
  async trim({ maxBytes, keepFromMs }: QueueLimit): Promise<{ tooOld: PointCounts; tooMuch: PointCounts }> {
    const forOthers = maxBytes * SHARE_OF_OTHERS;
    const statuses = await this.#trim('statuses', forOthers, keepFromMs);
    const apparel = await this.#trim('apparel', forOthers, keepFromMs);
    const company = await this.#trim('company', forOthers, keepFromMs);
    const taken = this.bytes - this.#sizeOf('windows').bytes;
    const windows = await this.#trim('windows', maxBytes - taken, keepFromMs);
    const all = { windows, statuses, apparel, company };
    return { tooOld: byKind((kind) => all[kind].tooOld), tooMuch: byKind((kind) => all[kind].tooMuch) };
  }

  /**
   * Removes the points of a device.
   *
   * @param onWindows told in the same turn in which so many windows have gone
   */
  async forget(device: DeviceId, onWindows: (windows: number) => void): Promise<void> {
    for (const kind of POINT_KINDS) {
      const isOfDevice = (payload: Uint8Array) => tells(kind, payload, device);
      await this.#outbox.purge(this.#queue(kind), isOfDevice, kind === 'windows' ? onWindows : ignore);
    }
  }

  /** Whether points of a device wait. */
  async holds(device: DeviceId): Promise<boolean> {
    for (const kind of POINT_KINDS) {
      const isOfDevice = (payload: Uint8Array) => tells(kind, payload, device);
      if (await this.#outbox.has(this.#queue(kind), isOfDevice)) return true;
    }
    return false;
  }

  async #peek<K extends PointKind>(kind: K, entries: number, from: 'oldest' | 'newest') {
    const none = { entries: [], damaged: [] };
    const found = entries === 0 ? none : await this.#outbox.peek(this.#queue(kind), { entries, from });
    const points: PointOf<K>[] = [];
    for (const { payload } of found.entries) {
      const point = decodePoint(kind, payload);
      if (point !== undefined) points.push(point);
    }
    const ids = [...found.entries.map(({ id }) => id), ...found.damaged];
    const oldestAtMs = found.entries.reduce(
      (oldest, { atMs }) => Math.min(oldest, atMs),
      Number.POSITIVE_INFINITY,
    );
    return { points, ids, damaged: ids.length - points.length, oldestAtMs };
  }

  async #trim(kind: PointKind, maxBytes: number, keepFromMs: number) {
    const { bytes, oldestAtMs = Number.POSITIVE_INFINITY } = this.#sizeOf(kind);
    if (bytes <= maxBytes && oldestAtMs >= keepFromMs) return { tooOld: 0, tooMuch: 0 };
    return await this.#outbox.trim(this.#queue(kind), { maxBytes, keepFromMs });
  }

  #sizeOf(kind: PointKind): QueueSize {
    return this.#outbox.size(this.#queue(kind));
  }

  #queue(kind: PointKind): string {
    return `${this.#name}/${kind}`;
  }
}

function byKind<T>(of: (kind: PointKind) => T): Record<PointKind, T> {
  return {
    windows: of('windows'),
    statuses: of('statuses'),
    apparel: of('apparel'),
    company: of('company'),
  };
}

function tells(kind: PointKind, payload: Uint8Array, device: DeviceId): boolean {
  const point = decodePoint(kind, payload);
  return point !== undefined && tellsOf(device, point);
}

function ignore(): void {}

export function sumOf({ windows, statuses, apparel, company }: PointCounts): number {
  return windows + statuses + apparel + company;
}

export type PointCounts = Readonly<Record<PointKind, number>>;

/**
 * How many points of each kind go into the next batch, when more wait than fit: up to half are statuses, up to an eighth
 * labels of apparel, an eighth company, the others windows; what one kind does not need goes to the others.
 *
 * @param points of the batch, at most
 */
export function shareBatch(waiting: PointCounts, points: number): PointCounts {
  const few = {
    statuses: Math.min(waiting.statuses, Math.ceil(points / 2)),
    apparel: Math.min(waiting.apparel, Math.floor(points / 8)),
    company: Math.min(waiting.company, Math.floor(points / 8)),
  };
  const windows = Math.min(waiting.windows, points - few.statuses - few.apparel - few.company);
  const statuses = Math.min(waiting.statuses, points - windows - few.apparel - few.company);
  const apparel = Math.min(waiting.apparel, points - windows - statuses - few.company);
  const company = Math.min(waiting.company, points - windows - statuses - apparel);
  return { windows, statuses, apparel, company };
}
