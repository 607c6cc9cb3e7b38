import { pino } from 'pino';
import { type Subscription, tap } from 'rxjs';
import { type Config, configSchema } from '../../src/config/schema.js';
import type { Journal } from '../../src/domain/journal.js';
import type { LedgerSnapshot } from '../../src/domain/ledger.js';
import type { RawMessage } from '../../src/domain/message.js';
import type { StatusUpdate } from '../../src/domain/status.js';
import type { Sink, StoredWindow } from '../../src/domain/store.js';
import { FlowGate } from '../../src/gateway/backpressure.js';
import { DeviceRegistry } from '../../src/gateway/device-registry.js';
import { Intake } from '../../src/gateway/intake.js';
import { Recovery } from '../../src/gateway/recovery.js';
import { ResultHub } from '../../src/gateway/results.js';
import { type RecordingHooks, stageHooks } from '../../src/gateway/stage-hooks.js';
import { pipelineStages } from '../../src/gateway/stages.js';
import { ForgottenDevices } from '../../src/gateway/suppressed-devices.js';
import { PendingWindows, WindowAccounts } from '../../src/gateway/window-ledger.js';
import { createLiveFeed } from '../../src/http/live-feed.js';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { createPipeline, type PipelineStages } from '../../src/pipeline.js';
import type { DeadLetter } from '../../src/storage/outbox/dead-letter-file.js';
import { createEvents, type Events } from '../../src/telemetry/events.js';
import { createLedger } from '../../src/telemetry/ledger.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { createFixedModels } from './instant-classifier.js';
import { openMemoryJournal } from './memory-journal.js';
import { tinyManifest } from './tiny-model.js';
import { VirtualTime } from './virtual-time.js';

export interface PipelineWorldOptions {
  readonly journal?: Journal;
  readonly manifest?: SequenceManifest;
  readonly config?: Partial<Config>;
  /** Whether labels are kept. @defaultValue not, since nothing is recorded */
  readonly labels?: RecordingHooks['labels'];
  /** Puts other stages in place, as to have them fail. */
  readonly alter?: (stages: PipelineStages) => PipelineStages;
  /** False holds results until {@link PipelineWorld.store}. @defaultValue true */
  readonly storesAtOnce?: boolean;
}

/** The gateway's whole data path in this process: no network, no disk, no threads; its time is moved by hand. */
export interface PipelineWorld extends Disposable {
  readonly time: VirtualTime;
  readonly events: Events;
  readonly gate: FlowGate;
  readonly intake: Intake;
  readonly recovery: Recovery;
  readonly registry: DeviceRegistry;
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusUpdate[];
  /** Messages that brought a fault out. */
  readonly letters: readonly DeadLetter[];
  readonly ledger: () => LedgerSnapshot;
  deliver(message: RawMessage): Promise<void> | undefined;
  /** Stores what is held. */
  store(): void;
}

/** Made once: its default metrics watch the process. */
const METRICS = createMetrics({ ledger: createLedger(() => 0).snapshot, queues: () => ({}) });

export function createPipelineWorld(options: PipelineWorldOptions = {}): PipelineWorld {
  const { journal = openMemoryJournal(), manifest = tinyManifest(), storesAtOnce = true } = options;
  const { labels = () => Promise.resolve(false), alter = (stages) => stages } = options;
  const config: Config = { ...configSchema.parse({}), ...options.config };
  const time = new VirtualTime();
  const clock = { nowMs: () => time.now() };
  const models = createFixedModels(manifest);
  const pending = new PendingWindows();
  const gate = new FlowGate();
  const ledger = createLedger(() => pending.count);
  const events = createEvents({ logger: pino({ level: 'silent' }), metrics: METRICS, ledger, clock });
  const { offlineMs, maxDevices, toleranceMs } = config.stream;
  const nothing = (): void => undefined;
  const registry = new DeviceRegistry({ offlineMs, maxDevices, onOnline: nothing, onOffline: nothing });
  const recovery = new Recovery(journal, {
    ...{ gridOf: () => manifest, toleranceMs, maxRemembered: maxDevices },
    takeSeen: () => registry.takeSeen(),
  });
  const letters: DeadLetter[] = [];
  const deadLetters = {
    append: (more: readonly DeadLetter[]) => Promise.resolve(letters.push(...more)),
  };
  const intake = new Intake({ events, gate, journal, recovery, deadLetters });
  const accounts = new WindowAccounts({
    clock,
    events,
    pending,
    onSettled: (window) => recovery.settled(window),
  });
  const windows: StoredWindow[] = [];
  const statuses: StatusUpdate[] = [];
  const held: StoredWindow[] = [];
  const store = (): void => {
    const stored = held.splice(0);
    windows.push(...stored);
    accounts.stored({ windows: stored, statuses: [], apparel: [] }, 0);
  };
  const sink: Pick<Sink, 'accept'> = {
    accept: (results) => {
      statuses.push(...results.statuses);
      held.push(...results.windows);
      if (storesAtOnce) store();
    },
  };
  const forgotten = new ForgottenDevices();
  const liveFeed = createLiveFeed({ epoch: 0, capacityEvents: 10 });
  const hub = new ResultHub({
    registry,
    liveFeed,
    forgotten,
    manifestOf: () => manifest,
    isCandidate: () => false,
    windows: accounts,
    onFault: events.stageFailed,
    sinks: [sink],
  });
  const hooks = stageHooks({
    clock,
    events,
    registry,
    pending,
    gate,
    intake,
    recovery,
    frames: { accept: nothing },
    forgotten,
    recording: { samples: () => undefined, labels },
  });
  const subscription: Subscription = intake.messages$
    .pipe(
      createPipeline(alter(pipelineStages(config, models, hooks, time)), time),
      tap((result) => hub.accept(result)),
    )
    .subscribe();
  return {
    ...{ time, events, gate, intake, recovery, registry, windows, statuses, letters, store },
    ledger: ledger.snapshot,
    deliver: (message) => intake.deliver(message),
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}
