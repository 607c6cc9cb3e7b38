import { pino } from 'pino';
import { createClusterEvents } from '../../src/cluster/cluster-events.js';
import type { DeviceStates, KeptState } from '../../src/cluster/device-states.js';
import { openPartition, type PartitionEdge } from '../../src/cluster/open-partition.js';
import { type OwnerRecord, UNOWNED } from '../../src/cluster/ownership.js';
import type { LogEntry } from '../../src/cluster/partition-log.js';
import type { Config } from '../../src/config/schema.js';
import type { DeviceId } from '../../src/domain/ids.js';
import type { Notification } from '../../src/domain/notification.js';
import type { ResultBatch, StatusPoint, Store, StoredWindow } from '../../src/domain/store.js';
import { DeviceRegistry } from '../../src/gateway/device-registry.js';
import { createInstruments, type Instruments } from '../../src/gateway/instruments.js';
import { Placements } from '../../src/gateway/placements.js';
import { openRecorder } from '../../src/gateway/recording.js';
import { openRules } from '../../src/gateway/start-alerts.js';
import { SuppressedDevices } from '../../src/gateway/suppressed-devices.js';
import { createLiveFeed } from '../../src/http/live-feed.js';
import type { ModelRegistry } from '../../src/inference/model-registry.js';
import type { AlertRules } from '../../src/notify/alerts/alert-rules.js';
import { Notifier } from '../../src/notify/notifier.js';
import type { Recorder } from '../../src/recordings/recorder.js';
import { Closers } from '../../src/shared/lifetime.js';
import { decodeRecord, encodeRecord } from '../../src/storage/journal/record-codec.js';
import { sumOfLedgers } from '../../src/telemetry/ledger.js';
import { idleFrameClassifier } from './pipeline-world.js';

/** What owners of one partition leave behind, and what they bring to the store. */
export interface PartitionWorld {
  readonly windows: ReadonlyMap<string, StoredWindow>;
  /** What people were told of, by id. */
  readonly told: ReadonlyMap<string, Notification>;
  /** By device, target and time. */
  readonly statuses: ReadonlyMap<string, StatusPoint>;
  /** What was written again as something else. */
  readonly rewritten: readonly string[];
  readonly record: OwnerRecord;
  /** Another owner takes over, reads as far as that, and is gone without a word. */
  own(options?: OwnOptions): Promise<void>;
}

export interface OwnOptions {
  /** Entries that it reads beyond the position. @defaultValue all */
  readonly entries?: number;
  /** Whether it makes a checkpoint when time steps before an entry. @defaultValue never */
  readonly isCheckpoint?: (sequence: number) => boolean;
  /** Devices whose states it writes before it dies in the midst of a checkpoint. */
  readonly diesAfterStates?: number;
  /** Up to which sequence a device was erased from the log, although this owner has read it. */
  readonly erased?: { readonly device: DeviceId; readonly upTo: number };
  /** Makes a last checkpoint, as one that hands over. */
  readonly isHandedOver?: boolean;
}

/** What every owner has by itself, opened once. */
export interface OwnerGround {
  readonly config: Config;
  readonly sequences: ModelRegistry;
  readonly instruments: Instruments;
  readonly placements: Placements;
  readonly recorder: Recorder;
  readonly alertRules: AlertRules;
}

const SILENT = pino({ level: 'silent' });
const FOREVER = new AbortController().signal;

export async function openOwnerGround(config: Config, sequences: ModelRegistry): Promise<OwnerGround> {
  const clock = { nowMs: Date.now };
  const liveFeed = createLiveFeed({ epoch: 0, capacityEvents: 10 });
  const held = { journalMessages: () => 0, frames: () => 0, ledger: () => sumOfLedgers([]) };
  const instruments = createInstruments(config, { clock, logger: SILENT, liveFeed, held });
  const placements = await Placements.open(config);
  const recorder = await openRecorder(config, { clock, events: instruments.events, placements });
  return { config, sequences, instruments, placements, recorder, alertRules: await openRules(config) };
}

/** A partition whose log is there already, and which one owner after the other reads. */
export function createPartitionWorld(ground: OwnerGround, log: readonly LogEntry[]): PartitionWorld {
  const states = new Map<DeviceId, Buffer>();
  let record: OwnerRecord = UNOWNED;
  let cutBefore = 0;
  const windows = new Map<string, StoredWindow>();
  const statuses = new Map<string, StatusPoint>();
  const told = new Map<string, Notification>();
  const rewritten: string[] = [];

  const write = (batch: ResultBatch) => {
    for (const { token: _, ...window } of batch.windows) {
      const key = `${window.device}/${window.model}/${window.endMs}`;
      const before = windows.get(key);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(window))
        rewritten.push(`${key}: ${JSON.stringify(before)} became ${JSON.stringify(window)}`);
      windows.set(key, window);
    }
    for (const point of batch.statuses) statuses.set(`${point.device}/${point.target}/${point.atMs}`, point);
    return Promise.resolve({ written: 0, refused: 0, refusedWindows: 0, refusal: undefined });
  };

  const edgeOf = (
    token: number,
    diesAfterStates: number,
  ): { edge: PartitionEdge; right: { isLost: boolean } } => {
    const right = { token, isLost: false };
    const kept: Pick<DeviceStates, 'read' | 'write' | 'forget'> = {
      read: () =>
        Promise.resolve(Array.from(states.values(), (bytes) => decodeRecord(bytes)?.value as KeptState)),
      write: (wanted) => {
        for (const state of wanted.slice(0, diesAfterStates))
          states.set(state.device, encodeRecord({ ...state, token }));
        return Promise.resolve(wanted.length <= diesAfterStates);
      },
      forget: () => Promise.resolve(),
    };
    const owned: PartitionEdge['owned'] = {
      value: { ...record, token },
      right,
      whenDecided: () => undefined,
      write: (mark) => {
        record = { ...record, ...mark };
        return Promise.resolve(true);
      },
    };
    const edge = {
      partition: 0,
      owned,
      states: kept,
      log: {
        get: (sequences: readonly number[]) =>
          Promise.resolve(
            log.filter(({ sequence }) => sequence >= cutBefore && sequences.includes(sequence)),
          ),
        cutBefore: (sequence: number) => {
          cutBefore = Math.max(cutBefore, sequence);
          return Promise.resolve();
        },
        cutEachBefore: () => Promise.resolve(),
      },
    };
    return { edge, right };
  };

  return {
    windows,
    told,
    statuses,
    rewritten,
    get record() {
      return record;
    },
    own: async (options = {}) => {
      const {
        entries = log.length,
        isCheckpoint = () => false,
        diesAfterStates,
        erased,
        isHandedOver = false,
      } = options;
      record = { ...record, token: record.token + 1 };
      const { edge, right } = edgeOf(record.token, diesAfterStates ?? Number.POSITIVE_INFINITY);
      await using closers = new Closers();
      const reading = await openPartition(partsOf(ground, { write, told }), edge, closers);
      if (erased !== undefined) reading.passOver(erased.device, erased.upTo);
      await reading.replay(FOREVER);
      for (const entry of log.filter(({ sequence }) => sequence > record.position).slice(0, entries)) {
        if ((await reading.reach(entry, FOREVER)) && isCheckpoint(entry.sequence)) await reading.checkpoint();
        await reading.take(entry, FOREVER);
      }
      if (isHandedOver) {
        await reading.settle(FOREVER);
        await reading.checkpoint();
        await reading.path.stored.flush();
      }
      right.isLost = !isHandedOver;
      reading.journal.seal();
    },
  };
}

/** Another gateway has devices of its own, and the same of everything else. */
function partsOf(
  { config, sequences, instruments, placements, recorder, alertRules }: OwnerGround,
  { write, told }: { readonly write: Store['write']; readonly told: Map<string, Notification> },
) {
  const notifier = new Notifier({ notified: () => undefined });
  notifier.follow({ accept: (notification) => void told.set(notification.id, notification) });
  const { maxDevices, offlineMs } = config.stream;
  const nothing = (): void => undefined;
  const registry = new DeviceRegistry({ maxDevices, offlineMs, onOnline: nothing, onOffline: nothing });
  const suppressed = new SuppressedDevices();
  return {
    config,
    partitionOf: () => 0,
    instruments: { ...instruments, registry, notifier },
    resources: { recorder, models: { sequences }, store: { write } },
    shared: {
      suppressed,
      placements,
      frames: idleFrameClassifier(suppressed),
      statuses: { accept: nothing },
      companyTopics: undefined,
    },
    sinks: [notifier],
    alertRules,
    company: { openPartition: () => Promise.resolve(undefined) },
    webhooks: { flush: () => Promise.resolve(), drop: nothing },
    events: createClusterEvents(SILENT),
    logger: SILENT,
    isSimulatedPhone: undefined,
  };
}
