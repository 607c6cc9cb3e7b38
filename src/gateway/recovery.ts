import type { HeardCompany } from '../company/shared-finder.js';
import type { PlatformState } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { DeviceCheckpoint, Journal, JournalId, JournalUpdate } from '../domain/journal.js';
import { EntryRetention } from '../storage/journal/entry-retention.js';
import type { DeviceAligner } from '../stream/synchronise/device-aligner.js';
import type { GridResume } from '../stream/synchronise/device-grids.js';
import type { Arrival } from '../stream/synchronise/replay.js';
import type { RestoredAligner } from '../stream/synchronise/synchronise.js';
import type { RestoredTrack } from '../stream/track-status.js';
import {
  type DeviceState,
  type KeptAlerts,
  type KnownState,
  NOTHING_KNOWN,
  readCheckpoint,
  STATE_VERSION,
} from './device-state.js';
import { TrackedStates } from './tracked-states.js';
import type { WindowLedger } from './window-ledger.js';

/** What is known of a device once a message of it has been through the first stages. */
interface KnownDevice {
  readonly aligner: DeviceAligner;
  /** How the message came in. */
  readonly arrival: Arrival;
  /** `undefined`: as before. */
  readonly platform?: PlatformState | undefined;
  /** When the message came, epoch milliseconds; `undefined` for one that was kept somewhere before. */
  readonly receivedAtMs?: number | undefined;
}

/** What is known of a device without a message of it: what was said last, and when it was there. */
interface RememberedDevice extends Pick<DeviceState, 'statuses' | 'platform'> {
  readonly device: DeviceId;
  /** Epoch milliseconds. */
  readonly lastSeenMs: number | undefined;
}

interface Live {
  aligner: DeviceAligner;
  platform: PlatformState | undefined;
  lastSeenMs: number | undefined;
  lastId: JournalId;
}

/** What another part knows of devices and a checkpoint holds; and of which it has changed since that was asked last. */
interface KeptBeside<T> {
  of(device: DeviceId): T;
  takeChanged(): Iterable<DeviceId>;
}

export interface RecoveryOptions {
  /** Which windows are done. */
  readonly windows: Pick<WindowLedger, 'open' | 'takeChanged'>;
  /** Rows of a model's grid a second and between two windows; `undefined` once the model is gone. */
  readonly gridOf: (
    model: string,
  ) => { readonly samplingRateHz: number; readonly strideSamples: number } | undefined;
  /** Largest |Δt| between a row and its sample, milliseconds. */
  readonly toleranceMs: number;
  /** What was found out and must be on a disk before a checkpoint may take it as said. */
  readonly unkept?: Unkept;
  /** Resolves to whether results that were found out before the call are on a disk. @defaultValue they are */
  readonly areResultsKept?: () => Promise<boolean>;
  /** From when on samples of a device are needed for something else than windows, epoch milliseconds. @defaultValue Infinity */
  readonly neededFromMs?: (device: DeviceId) => number;
  /** Devices that have sent something since it was asked last, with when they did, epoch milliseconds. */
  readonly takeSeen?: () => Iterable<readonly [DeviceId, number]>;
  /** Where alerts, and company, are kept with the rest. */
  readonly alerts?: KeptBeside<KeptAlerts>;
  readonly company?: KeptBeside<readonly HeardCompany[]>;
  /** What an earlier run left, where it was read already. @defaultValue as the journal has it */
  readonly checkpoints?: readonly (readonly [DeviceId, DeviceState])[] | undefined;
  /** Devices remembered at most beyond those that send; the one at rest for longest is forgotten first. */
  readonly maxRemembered: number;
}

/**
 * Keeps what a restart needs: which messages are still to be gone through again, and the state in between.
 *
 * A message stays in the journal until every window it touches is kept. A checkpoint, written together with what it
 * allows to be released, says where each model's windows go on.
 */
export class Recovery {
  /** What is said of the devices that are known. */
  readonly states = new TrackedStates();
  readonly #journal: Journal;
  readonly #options: RecoveryOptions;
  readonly #retention = new EntryRetention<Arrival>();
  /** As the disk knows them, of an earlier run or at rest. */
  readonly #known = new Map<DeviceId, KnownState>();
  readonly #live = new Map<DeviceId, Live>();
  readonly #dirty = new Set<DeviceId>();
  readonly #forgotten = new Set<DeviceId>();
  readonly #released = new Set<JournalId>();

  constructor(journal: Journal, options: RecoveryOptions) {
    this.#journal = journal;
    this.#options = options;
    const { checkpoints = Array.from(journal.checkpoints()).flatMap(readCheckpoint) } = options;
    for (const [device, { statuses, ...state }] of checkpoints) {
      this.#known.set(device, state);
      this.states.follow(device, statuses);
      // Until they were gone through again, too.
      for (const [id, arrival] of state.arrivals) this.#retention.add(device, id, arrival);
    }
  }

  /** Whether a device's checkpoint already knows a journalled message. */
  covers(device: DeviceId, id: JournalId): boolean {
    return id <= (this.#known.get(device)?.lastId ?? -1);
  }

  restoredDevice(device: DeviceId): RestoredAligner | undefined {
    const { aligner, resumes, arrivals } = this.#known.get(device) ?? NOTHING_KNOWN;
    return aligner === undefined ? undefined : { state: aligner, resumes, arrivals };
  }

  restoredPlatform(device: DeviceId): PlatformState | undefined {
    return this.#known.get(device)?.platform;
  }

  /** Statuses that an earlier run was still following. */
  restoredTracks(): RestoredTrack[] {
    return [...this.#known].flatMap(([device, { aligner }]) =>
      aligner === undefined
        ? []
        : Object.entries(this.states.of(device)).map(([target, state]) => ({ device, target, state })),
    );
  }

  /** Devices of an earlier run. */
  remembered(): RememberedDevice[] {
    return Array.from(this.#known, ([device, { lastSeenMs, platform }]) => {
      const statuses = this.states.of(device);
      const arrivalsMs = Object.values(statuses).map(({ lastArrivalMs }) => lastArrivalMs);
      const latestMs = lastSeenMs ?? Math.max(...arrivalsMs);
      return { device, statuses, platform, lastSeenMs: Number.isFinite(latestMs) ? latestMs : undefined };
    });
  }

  /** The synchroniser has taken a message that is, or is about to be, in the journal under this id. */
  retain(device: DeviceId, id: JournalId, { aligner, arrival, platform, receivedAtMs }: KnownDevice): void {
    this.#retention.add(device, id, arrival);
    const live = this.#live.get(device) ?? this.#begin(device, aligner);
    live.aligner = aligner;
    live.platform = platform ?? live.platform;
    // A checkpoint may cover a device's first messages before the registry has seen them, and nobody looks at them again.
    live.lastSeenMs ??= receivedAtMs;
    live.lastId = Math.max(live.lastId, id);
    this.#live.set(device, live);
    this.#dirty.add(device);
    this.#forgotten.delete(device);
  }

  /** The device's clock was set back: its windows do not go on where those of its old time ended. */
  beginAgain(device: DeviceId): void {
    this.#options.windows.open.forget(device);
    const known = this.#known.get(device);
    if (known !== undefined) this.#known.set(device, { ...known, resumes: [] });
    this.#dirty.add(device);
  }

  /** A message in the journal turned out not to be needed, whether it was retained or not. */
  discard(id: JournalId, device?: DeviceId): void {
    if (device !== undefined) this.#retention.remove(device, id);
    this.#released.add(id);
  }

  /** A device's buffers were freed: nothing of its samples can be gone on with; what was said of it stays known. */
  rest(device: DeviceId): void {
    const known = this.#stateOf(device);
    this.#letGo(device);
    if (known !== undefined)
      this.#remember(device, { ...known, aligner: undefined, resumes: [], arrivals: [] });
  }

  /** Nothing of a device may be known any more. */
  forget(device: DeviceId): void {
    this.#letGo(device);
    this.states.forget(device);
  }

  /** Writes checkpoints of what has changed, and releases what they make unnecessary. */
  async save(): Promise<void> {
    while (this.#options.unkept?.isPending === true) await this.#options.unkept.flush();
    for (const [device, lastSeenMs] of this.#options.takeSeen?.() ?? []) this.#see(device, lastSeenMs);
    const { windows, alerts, company } = this.#options;
    for (const part of [windows, alerts, company, this.states])
      for (const device of part?.takeChanged() ?? []) this.#dirty.add(device);
    const changed = [...this.#dirty];
    const checkpoints = changed.flatMap((device) => this.#checkpoint(device));
    const update = { released: [...this.#released], checkpoints, forgotten: [...this.#forgotten] };
    this.#released.clear();
    this.#dirty.clear();
    this.#forgotten.clear();
    if ((await this.#options.areResultsKept?.()) === false) return this.#takeBack(changed, update);
    // Devices may have been forgotten meanwhile.
    const left = checkpoints.filter(({ device }) => this.#holds(device));
    await this.#journal.update({ ...update, checkpoints: left });
  }

  #letGo(device: DeviceId): void {
    this.#live.delete(device);
    this.#known.delete(device);
    this.#options.windows.open.forget(device);
    this.#dirty.delete(device);
    this.#forgotten.add(device);
    for (const id of this.#retention.forget(device)) this.#released.add(id);
  }

  #takeBack(changed: readonly DeviceId[], { released, forgotten }: JournalUpdate): void {
    for (const device of changed) if (this.#holds(device)) this.#dirty.add(device);
    for (const device of forgotten) if (!this.#holds(device)) this.#forgotten.add(device);
    for (const id of released) this.#released.add(id);
  }

  #holds(device: DeviceId): boolean {
    return this.#live.has(device) || this.#known.has(device);
  }

  #see(device: DeviceId, lastSeenMs: number): void {
    const live = this.#live.get(device);
    if (live === undefined) {
      this.#remember(device, { ...(this.#known.get(device) ?? NOTHING_KNOWN), lastSeenMs });
    } else {
      live.lastSeenMs = lastSeenMs;
      this.#dirty.add(device);
    }
  }

  #remember(device: DeviceId, state: KnownState): void {
    this.states.follow(device);
    this.#forgotten.delete(device);
    // Taken out and put back, so that the map stays in order of last change.
    this.#known.delete(device);
    this.#known.set(device, state);
    this.#dirty.add(device);
    if (this.#known.size <= this.#options.maxRemembered + this.#live.size) return;
    const oldest = [...this.#known.keys()].find((other) => !this.#live.has(other));
    if (oldest !== undefined) this.forget(oldest);
  }

  #checkpoint(device: DeviceId): DeviceCheckpoint[] {
    const live = this.#live.get(device);
    if (live !== undefined) {
      const openFromMs = this.#options.windows.open.earliestStartMs(device) - this.#options.toleranceMs;
      const otherwiseMs = this.#options.neededFromMs?.(device) ?? Number.POSITIVE_INFINITY;
      const neededFromMs = Math.min(live.aligner.neededFromMs, openFromMs, otherwiseMs);
      for (const id of this.#retention.release(device, neededFromMs)) this.#released.add(id);
    }
    const state = this.#stateOf(device);
    if (state === undefined) return [];
    const { alerts, company } = this.#options;
    const beside = { alerts: alerts?.of(device), company: company?.of(device) };
    return [{ device, state: { ...state, statuses: this.states.of(device), ...beside } }];
  }

  #stateOf(device: DeviceId): KnownState | undefined {
    const live = this.#live.get(device);
    if (live === undefined) return this.#known.get(device);
    const { aligner, ...known } = live;
    return {
      version: STATE_VERSION,
      ...known,
      aligner: aligner.state,
      resumes: this.#resumesOf(device, aligner),
      arrivals: this.#retention.of(device),
    };
  }

  #resumesOf(device: DeviceId, aligner: DeviceAligner): GridResume[] {
    return aligner.state.stretches.flatMap(({ model, startRow }) => {
      const grid = this.#options.gridOf(model);
      const next = this.#options.windows.open.next(device, model);
      if (grid === undefined) return [];
      if (next === undefined)
        return this.#known.get(device)?.resumes.filter((resume) => resume.model === model) ?? [];
      const row = Math.round((next.startMs * grid.samplingRateHz) / 1000);
      // An open window may lie in an earlier stretch than the present one.
      if (!next.isDone) return [{ model, nextRow: row, stretchStartRow: Math.min(startRow, row) }];
      return [{ model, nextRow: row + grid.strideSamples, stretchStartRow: startRow }];
    });
  }

  #begin(device: DeviceId, aligner: DeviceAligner): Live {
    const { platform, lastSeenMs, lastId } = this.#known.get(device) ?? NOTHING_KNOWN;
    this.states.follow(device);
    return { aligner, platform, lastSeenMs, lastId };
  }
}

/** What was found out and is on its way to a disk. */
export interface Unkept {
  readonly isPending: boolean;
  /** Resolves when what was pending at the call is on the disk. */
  flush(): Promise<void>;
}
