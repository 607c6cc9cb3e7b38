import type { ClockInfo, CurrentStatus, DeliveryCounts, DeviceInfo, SensorInfo } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import { SAMPLE_FATES, type SampleFate } from '../domain/ledger.js';
import type { SensorKind } from '../domain/samples.js';
import { caveatsIn, type StatusUpdate } from '../domain/status.js';
import { isSkipped, type SkipReason, type WindowOutcome } from '../domain/window.js';
import type { DeviceEvidence } from '../stream/why-unknown.js';
import { type MessageTimes, type SendingPace, sentAt, UNKNOWN_PACE } from './sending-pace.js';

/** What a message told about its device. */
export interface MessageFacts extends MessageTimes {
  /** Whether the source says that its device did not send it just now. */
  readonly isRepeat: boolean;
  readonly fates: Readonly<Record<SampleFate, number>>;
  readonly sensors: readonly SensorInfo[];
  readonly delivery: DeliveryCounts;
  readonly clock: ClockInfo | undefined;
}

export interface DeviceRegistryOptions {
  /** Silence after which a device counts as offline, milliseconds. */
  readonly offlineMs: number;
  /** Devices remembered at most; the one silent for longest is forgotten first. */
  readonly maxDevices: number;
  readonly onOnline: (device: DeviceId, atMs: number) => void;
  readonly onOffline: (device: DeviceId, atMs: number) => void;
}

/** A device as an earlier run knew it. */
export interface RestoredDevice extends Pick<DeviceInfo, 'id' | 'platform'> {
  readonly lastSeenMs: number | undefined;
  readonly statuses: readonly StatusUpdate[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Entry = Mutable<Omit<DeviceInfo, 'statuses' | 'samples'>> & {
  /** Silence before that is not the device's, epoch milliseconds. */
  readonly heardFromMs: number;
  readonly statuses: Map<string, CurrentStatus>;
  readonly samples: Record<SampleFate, number>;
  pace: SendingPace;
  readonly evidence: Evidence;
};

/** {@link DeviceEvidence}, as it grows. */
interface Evidence extends Mutable<DeviceEvidence> {
  readonly streamsSeenMs: Map<SensorKind, number>;
  readonly outcomes: Map<string, SkipReason | undefined>;
}

/** What the gateway knows of each device now; plain, told by the pipeline and asked by the API. */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions;
  /** In order of last message, the one silent for longest first. */
  readonly #entries = new Map<DeviceId, Entry>();
  readonly #seen = new Set<DeviceId>();

  constructor(options: DeviceRegistryOptions) {
    this.#options = options;
  }

  list(): DeviceInfo[] {
    return Array.from(this.#entries.values(), toInfo).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  ids(): DeviceId[] {
    return [...this.#entries.keys()];
  }

  /** When each of some devices that is online was heard last, epoch milliseconds. */
  *heard(isWanted: (device: DeviceId) => boolean = () => true): Iterable<[DeviceId, number]> {
    for (const { id, online, lastSeenMs } of this.#entries.values())
      if (online && isWanted(id)) yield [id, lastSeenMs];
  }

  get(id: DeviceId): DeviceInfo | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : toInfo(entry);
  }

  /** Of some devices those that have sent something since this was asked last, with when they did, epoch milliseconds. */
  takeSeen(isWanted: (device: DeviceId) => boolean = () => true): [DeviceId, number][] {
    return [...this.#seen].filter(isWanted).flatMap((id): [DeviceId, number][] => {
      this.#seen.delete(id);
      const entry = this.#entries.get(id);
      return entry === undefined ? [] : [[id, entry.lastSeenMs]];
    });
  }

  /**
   * Goes on with devices as an earlier run knew them; none that was online goes before it could be heard again.
   *
   * @param heardFromMs since when they can be heard, epoch milliseconds
   */
  restore(devices: readonly RestoredDevice[], nowMs: number, heardFromMs = nowMs): void {
    const bySeen = devices.toSorted((a, b) => (a.lastSeenMs ?? 0) - (b.lastSeenMs ?? 0));
    for (const { id, lastSeenMs = Number.NEGATIVE_INFINITY, platform, statuses } of bySeen) {
      const online = nowMs - lastSeenMs < this.#options.offlineMs;
      this.#entries.set(id, { ...newEntry(id), heardFromMs, lastSeenMs, online, platform });
      for (const status of statuses) this.noteStatus(status);
      this.#forgetOldest();
    }
  }

  /** Takes note of a message. */
  observe(id: DeviceId, observation: MessageFacts): void {
    const entry = this.#touch(id);
    const { receivedAtMs, isRepeat } = observation;
    if (isRepeat || !hasNews(observation.fates)) {
      entry.pace = { ...entry.pace, newestMs: Math.max(entry.pace.newestMs, observation.newestMs) };
    } else {
      const { pace, sentAtMs } = sentAt(entry.pace, observation, this.#options.offlineMs);
      entry.pace = pace;
      if (sentAtMs !== undefined) this.#see(entry, sentAtMs, receivedAtMs);
      if (observation.fates.used > 0) this.#noteUsable(entry, observation);
    }
    for (const fate of SAMPLE_FATES) entry.samples[fate] += observation.fates[fate];
    entry.sensors = observation.sensors;
    entry.delivery = observation.delivery;
    entry.clock = observation.clock;
  }

  /** Takes note of something else that a device has just sent, such as a picture. */
  noteSent(id: DeviceId, atMs: number): void {
    this.#see(this.#touch(id), atMs, atMs);
  }

  /** Takes note of what became of a window. */
  noteOutcome(outcome: WindowOutcome): void {
    const outcomes = this.#entries.get(outcome.device)?.evidence.outcomes;
    outcomes?.set(outcome.model, isSkipped(outcome) ? outcome.skipped : undefined);
  }

  /** What is known of what a device sends; `undefined` for one without a sample since the start. */
  evidenceOf(id: DeviceId): DeviceEvidence | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined || totalOf(entry.samples) === 0 ? undefined : entry.evidence;
  }

  /** Takes note of samples whose time or value is no number. */
  noteInvalid(id: DeviceId, samples: number): void {
    this.#touch(id).samples.invalid += samples;
  }

  /** Takes note of the convention in which a device's values are read. */
  notePlatform(id: DeviceId, platform: DeviceInfo['platform']): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.platform = platform;
  }

  /** Takes note of a status. */
  noteStatus(update: StatusUpdate): void {
    const { device, target, status, confidence, sinceMs } = update;
    const current = { target, status, confidence, sinceMs, ...caveatsIn(update) };
    this.#entries.get(device)?.statuses.set(target, current);
  }

  /** Forgets a device; its next message makes it a new one. */
  forget(id: DeviceId): void {
    this.#entries.delete(id);
    this.#seen.delete(id);
  }

  /** Finds those of some devices that have gone silent. */
  sweep(nowMs: number, isWanted: (device: DeviceId) => boolean = () => true): void {
    for (const entry of this.#entries.values()) {
      if (!entry.online || !isWanted(entry.id)) continue;
      if (nowMs - Math.max(entry.lastSeenMs, entry.heardFromMs) < this.#options.offlineMs) continue;
      entry.online = false;
      this.#options.onOffline(entry.id, nowMs);
    }
  }

  #noteUsable({ evidence, sensors: before }: Entry, { receivedAtMs, sensors }: MessageFacts): void {
    if (receivedAtMs - evidence.lastUsableMs >= this.#options.offlineMs) {
      evidence.sendingSinceMs = receivedAtMs;
      evidence.outcomes.clear();
    }
    evidence.lastUsableMs = receivedAtMs;
    for (const { sensor, samples } of sensors) {
      const known = before.find((other) => other.sensor === sensor);
      if (known?.samples !== samples) evidence.streamsSeenMs.set(sensor, receivedAtMs);
    }
  }

  #touch(id: DeviceId): Entry {
    const entry = this.#entries.get(id) ?? newEntry(id);
    // Taken out and put back, so that the map stays in order of last message.
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    this.#forgetOldest();
    return entry;
  }

  #see(entry: Entry, sentAtMs: number, nowMs: number): void {
    if (sentAtMs <= entry.lastSeenMs) return;
    entry.lastSeenMs = sentAtMs;
    this.#seen.add(entry.id);
    if (entry.online || nowMs - sentAtMs >= this.#options.offlineMs) return;
    entry.online = true;
    this.#options.onOnline(entry.id, sentAtMs);
  }

  #forgetOldest(): void {
    if (this.#entries.size <= this.#options.maxDevices) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }
}

function newEntry(id: DeviceId): Entry {
  return {
    id,
    online: false,
    heardFromMs: Number.NEGATIVE_INFINITY,
    lastSeenMs: Number.NEGATIVE_INFINITY,
    statuses: new Map(),
    sensors: [],
    delivery: { messages: 0, missing: 0, duplicates: 0, reordered: 0 },
    samples: {
      used: 0,
      late: 0,
      future: 0,
      past: 0,
      duplicate: 0,
      invalid: 0,
      'too-fast': 0,
      overflow: 0,
    },
    clock: undefined,
    platform: undefined,
    pace: UNKNOWN_PACE,
    evidence: {
      sendingSinceMs: Number.NEGATIVE_INFINITY,
      lastUsableMs: Number.NEGATIVE_INFINITY,
      streamsSeenMs: new Map(),
      outcomes: new Map(),
    },
  };
}

function totalOf(fates: Readonly<Record<SampleFate, number>>): number {
  return SAMPLE_FATES.reduce((sum, fate) => sum + fates[fate], 0);
}

/** Whether a message says anything that its device has not sent before: what comes twice is late once its rows are closed. */
function hasNews(fates: Readonly<Record<SampleFate, number>>): boolean {
  const repeated = fates.duplicate + fates.late;
  return (
    repeated === 0 || SAMPLE_FATES.some((fate) => fates[fate] > 0 && fate !== 'duplicate' && fate !== 'late')
  );
}

function toInfo({
  pace: _pace,
  evidence: _evidence,
  heardFromMs: _heardFromMs,
  ...entry
}: Entry): DeviceInfo {
  return { ...entry, statuses: [...entry.statuses.values()], samples: { ...entry.samples } };
}
