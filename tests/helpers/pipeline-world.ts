import { pino } from 'pino';
import { NEVER } from 'rxjs';
import { Accompaniment } from '../../src/company/accompaniment.js';
import type { CompanyFinder } from '../../src/company/company-finder.js';
import { type Config, configSchema } from '../../src/config/schema.js';
import type { Journal } from '../../src/domain/journal.js';
import type { LedgerSnapshot } from '../../src/domain/ledger.js';
import type { RawMessage } from '../../src/domain/message.js';
import type { StatusUpdate } from '../../src/domain/status.js';
import type { Sink, StoredWindow } from '../../src/domain/store.js';
import { Backpressure } from '../../src/gateway/backpressure.js';
import { DeviceRegistry } from '../../src/gateway/device-registry.js';
import { Intake } from '../../src/gateway/intake.js';
import type { KeepLabels } from '../../src/gateway/recording.js';
import { Recovery } from '../../src/gateway/recovery.js';
import { computingStages } from '../../src/gateway/stages.js';
import { SuppressedDevices } from '../../src/gateway/suppressed-devices.js';
import { WindowLedger } from '../../src/gateway/window-ledger.js';
import { createLiveFeed } from '../../src/http/live-feed.js';
import type { SequenceManifest } from '../../src/inference/models/manifest.js';
import { createPipeline, type PipelineStages } from '../../src/pipeline.js';
import type { Fault } from '../../src/shared/faults.js';
import type { DeadLetter } from '../../src/storage/outbox/dead-letter-file.js';
import { FrameClassifier } from '../../src/stream/classify-frames.js';
import { createEvents, type Events } from '../../src/telemetry/events.js';
import { createLedger } from '../../src/telemetry/ledger.js';
import { createMetrics } from '../../src/telemetry/metrics.js';
import { createFixedModels } from './instant-classifier.js';
import { makeBatch } from './make-results.js';
import { openMemoryJournal } from './memory-journal.js';
import { tinyManifest } from './tiny-model.js';
import { VirtualTime } from './virtual-time.js';

export interface PipelineWorldOptions {
  readonly journal?: Journal;
  readonly manifest?: SequenceManifest;
  readonly config?: Partial<Config>;
  /** Looks for company, too. */
  readonly company?: CompanyFinder;
  /** Whether labels are kept. @defaultValue not, since nothing is recorded */
  readonly labels?: KeepLabels;
  /** Puts other stages in place, as to have them fail. */
  readonly alter?: (stages: PipelineStages) => PipelineStages;
  /** False holds results until {@link PipelineWorld.store}. @defaultValue true */
  readonly storesAtOnce?: boolean;
}

/** The gateway's whole data path in this process: no network, no disk, no threads; its time is moved by hand. */
export interface PipelineWorld extends Disposable {
  readonly time: VirtualTime;
  readonly events: Events;
  readonly backpressure: Backpressure;
  readonly intake: Intake;
  readonly recovery: Recovery;
  readonly registry: DeviceRegistry;
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusUpdate[];
  /** What stages threw. */
  readonly faults: readonly Fault[];
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
  const { labels = () => Promise.resolve(false), alter = (stages) => stages, company } = options;
  const config: Config = { ...configSchema.parse({}), ...options.config };
  const time = new VirtualTime();
  const clock = { nowMs: () => time.now() };
  const models = createFixedModels(manifest);
  const backpressure = new Backpressure();
  const ledger = createLedger(
    () => windows.pending,
    () => classifier.pending,
  );
  const events = createEvents({ logger: pino({ level: 'silent' }), metrics: METRICS, ledger, clock });
  const windows = new WindowLedger({ clock, events });
  const { offlineMs, maxDevices, toleranceMs } = config.stream;
  const nothing = (): void => undefined;
  const registry = new DeviceRegistry({ offlineMs, maxDevices, onOnline: nothing, onOffline: nothing });
  const recovery = new Recovery(journal, {
    windows,
    gridOf: () => manifest,
    toleranceMs,
    maxRemembered: maxDevices,
    takeSeen: () => registry.takeSeen(),
  });
  const letters: DeadLetter[] = [];
  const deadLetters = {
    append: (more: readonly DeadLetter[]) => Promise.resolve(letters.push(...more)),
  };
  const intake = new Intake({ events, backpressure, journal, recovery, deadLetters });
  const stored: StoredWindow[] = [];
  const statuses: StatusUpdate[] = [];
  const held: StoredWindow[] = [];
  const store = (): void => {
    const more = held.splice(0);
    stored.push(...more);
    windows.stored(makeBatch({ windows: more }), 0);
  };
  const sink: Pick<Sink, 'accept'> = {
    accept: (results) => {
      statuses.push(...results.statuses);
      held.push(...results.windows);
      if (storesAtOnce) store();
    },
  };
  const suppressed = new SuppressedDevices();
  const classifier = idleFrameClassifier(suppressed);
  const faults: Fault[] = [];
  const onFault = (fault: Fault): void => {
    faults.push(fault);
    events.stageFailed(fault);
  };
  const stages: PipelineStages = {
    scheduler: time,
    onFault,
    ...computingStages(config, {
      models,
      recovery,
      backpressure,
      suppressed,
      scheduler: time,
      placements: { of: () => 'assumed' },
    }),
    devices: { events, registry },
    frames: { classifier, events, keep: nothing },
    record: {
      recorder: { isRecorded: () => false, clockSetBack: nothing, take: nothing },
      keepLabels: labels,
      believable: config.stream,
    },
    keep: { journal, recovery },
    ledger: windows,
    meters: { events, backpressure },
    states: recovery.states,
    ...(company && { company: companyStages(company) }),
    results: {
      registry,
      suppressed,
      windows,
      liveFeed: createLiveFeed({ epoch: 0, capacityEvents: 10 }),
      manifestOf: () => manifest,
      isCandidate: () => false,
      sinks: [sink],
    },
  };
  const subscription = intake.deliveries$.pipe(createPipeline(alter(stages))).subscribe();
  return {
    time,
    events,
    backpressure,
    intake,
    recovery,
    registry,
    statuses,
    faults,
    letters,
    store,
    windows: stored,
    ledger: ledger.snapshot,
    deliver: (message) => intake.deliver(message),
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}

function companyStages(finder: CompanyFinder): PipelineStages['company'] {
  return {
    find: { finder, left$: NEVER, sweepMs: 1000 },
    accompaniment: new Accompaniment({ isClosed: true, heartbeatMs: 1000 }),
  };
}

/** Of a gateway to which nobody sends pictures. */
export function idleFrameClassifier(suppressed: SuppressedDevices): FrameClassifier {
  const none = (): Promise<never> => Promise.reject(new Error('there is no image model'));
  return new FrameClassifier({
    suppressed,
    modelForFrames: () => undefined,
    framesPerMinute: 1,
    maxFrames: 1,
    minProbability: 0,
    earliestMs: 0,
    futureMs: 0,
    clock: { nowMs: () => 0 },
    classifier: { hasRoom: true, classify: none, embedWorn: none, run: none },
  });
}
