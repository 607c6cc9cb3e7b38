import { lastValueFrom, type OperatorFunction, type SchedulerLike, Subject, takeUntil } from 'rxjs';
import type { Accompaniment } from '../company/accompaniment.js';
import type { FindCompanyOptions } from '../company/find-company.js';
import type { Config } from '../config/schema.js';
import type { Delivery } from '../domain/delivery.js';
import type { DeviceId } from '../domain/ids.js';
import type { Sink, Store } from '../domain/store.js';
import type { IsSimulatedPhone } from '../inference/models/manifest.js';
import { manifestOf } from '../inference/models/tellers.js';
import type { CompanyTopics } from '../notify/company-topics.js';
import { createPipeline, type PipelineStages } from '../pipeline.js';
import type { Clock } from '../shared/clock.js';
import { atMost, type Closers, every } from '../shared/lifetime.js';
import type { FrameClassifier } from '../stream/classify-frames.js';
import { frameWriter } from './frames.js';
import type { Instruments } from './instruments.js';
import { Intake } from './intake.js';
import type { Resources } from './open-resources.js';
import type { Placements } from './placements.js';
import { labelWriter } from './recording.js';
import { Recovery, type RecoveryOptions } from './recovery.js';
import { messageDeadLetters } from './retention.js';
import { sayAgain } from './say-again.js';
import { activeOf, caveatsOf, computingStages } from './stages.js';
import type { StoreSink, startStoreSink } from './store-sink.js';
import type { SuppressedDevices } from './suppressed-devices.js';
import type { WindowLedger } from './window-ledger.js';

/** Longest that stopping waits for windows under way, milliseconds. */
const FINISH_AT_END_MS = 2500;
/** How often it is written down who is with whom, milliseconds: it is more than a checkpoint holds. */
const SAVE_COMPANY_MS = 10_000;
/** Longest that stopping waits for the last checkpoint, milliseconds. */
const SAVE_AT_END_MS = 2000;

/** The way of messages to results. */
export interface MessagePath {
  readonly intake: Intake;
  readonly recovery: Recovery;
  readonly stored: StoreSink;
  /** Windows that are due and neither stored nor skipped yet. */
  readonly pending: Pick<WindowLedger, 'hasOf'>;
}

/** Company as one way of messages has it. */
export interface PathCompany {
  readonly accompaniment: Accompaniment;
  stage(suppressed: Pick<SuppressedDevices, 'letGo$'>): FindCompanyOptions;
  /** Samples of a device before this are no longer needed, epoch milliseconds. */
  neededFromMs(device: DeviceId): number;
  /** What of it is part of the states of devices. */
  readonly kept?: RecoveryOptions['company'];
  /** Writes down the rest, once what was found out by then is kept; else that is left to the next time. */
  save?(kept: Pick<RecoveryOptions, 'unkept'> & { areResultsKept(): Promise<boolean> }): Promise<void>;
}

export interface MessagePathDependencies {
  readonly instruments: Instruments;
  /** By which devices are silent. */
  readonly silenceClock: Clock;
  readonly isSimulatedPhone: IsSimulatedPhone;
  /** `undefined` where company is switched off. */
  readonly company?: PathCompany | undefined;
  readonly resources: PathResources;
  readonly shared: PathParts;
  /** What takes results beside the store. */
  readonly told: readonly Pick<Sink, 'accept'>[];
  /** Starts what brings results to the store. */
  readonly startStored: typeof startStoreSink;
  /** Clock and timers of the stages; see `StageDependencies`. */
  readonly scheduler: SchedulerLike;
  readonly batchScheduler?: SchedulerLike;
  readonly isTimeOfLog?: boolean;
  /** Whether a device's messages come this way. @defaultValue all do */
  readonly isOwn?: (device: DeviceId) => boolean;
  readonly unkept?: RecoveryOptions['unkept'];
  readonly alerts?: RecoveryOptions['alerts'];
  readonly checkpoints?: RecoveryOptions['checkpoints'];
}

/** What one way of messages needs of what all share. */
export interface PathParts {
  readonly suppressed: SuppressedDevices;
  readonly placements: Placements;
  readonly frames: FrameClassifier;
  readonly statuses: Pick<Sink, 'accept'>;
  /** `undefined` where company is switched off. */
  readonly companyTopics: Pick<CompanyTopics, 'accept'> | undefined;
}

/** What it needs of what lies on disks, in threads and behind networks. */
export interface PathResources extends Pick<Resources, 'journal' | 'recorder'> {
  readonly store: Pick<Store, 'write'>;
  readonly models: Pick<Resources['models'], 'sequences'>;
}

/** Starts one way of messages, from its journal to the store. */
export function startMessagePath(
  config: Config,
  dependencies: MessagePathDependencies,
  closers: Closers,
): MessagePath {
  const { instruments, resources, shared, scheduler, isTimeOfLog } = dependencies;
  const { clock, events, backpressure, windows, registry } = instruments;
  const { journal, store, models } = resources;
  const areResultsKept = (): Promise<boolean> => stored.areKept();
  const recovery = createRecovery(config, dependencies, areResultsKept);
  const deadLetters = messageDeadLetters(config);
  const intake = new Intake({ events, backpressure, journal, recovery, deadLetters });
  closers.defer(() => intake.abandon());
  closers.defer(() => atMost(SAVE_AT_END_MS, recovery.save()));
  saveCompany(dependencies, areResultsKept, closers);
  const stored = closers.add(
    dependencies.startStored(config, store, { clock, events, backpressure, windows }),
  );
  const { statuses } = shared;
  sayAgain(config, { nowMs: scheduler.now(), isTimeOfLog, models, recovery, registry, statuses });
  const stages = createStages(config, dependencies, { recovery, stored });
  startPipeline(intake, createPipeline(stages), closers);
  return { intake, recovery, stored, pending: windows };
}

function createRecovery(
  config: Config,
  { instruments, resources, company, unkept, alerts, checkpoints, isOwn }: MessagePathDependencies,
  areResultsKept: () => Promise<boolean>,
): Recovery {
  const { windows, registry } = instruments;
  const { journal, recorder, models } = resources;
  return new Recovery(journal, {
    windows,
    gridOf: (model) => manifestOf(models.sequences.manifests, model),
    toleranceMs: config.stream.toleranceMs,
    ...(unkept === undefined ? {} : { unkept }),
    ...(alerts === undefined ? {} : { alerts }),
    ...(company?.kept === undefined ? {} : { company: company.kept }),
    checkpoints,
    areResultsKept,
    neededFromMs: (device) =>
      Math.min(recorder.unwrittenFromMs(device), company?.neededFromMs(device) ?? Number.POSITIVE_INFINITY),
    takeSeen: () => registry.takeSeen(isOwn),
    maxRemembered: config.stream.maxDevices,
  });
}

/** Writes down who is with whom, again and again and at the end. */
function saveCompany(
  { company, unkept, instruments: { events } }: MessagePathDependencies,
  areResultsKept: () => Promise<boolean>,
  closers: Closers,
): void {
  if (company?.save === undefined) return;
  const save = async (): Promise<void> => {
    await company.save?.({ ...(unkept && { unkept }), areResultsKept });
  };
  closers.defer(() => atMost(SAVE_AT_END_MS, save()));
  closers.add(every(SAVE_COMPANY_MS, save, { onFailed: (error) => events.roundFailed('company', error) }));
}

function createStages(
  config: Config,
  dependencies: MessagePathDependencies,
  { recovery, stored }: Pick<MessagePath, 'recovery' | 'stored'>,
): PipelineStages {
  const { instruments, resources, shared, told, scheduler, company } = dependencies;
  const { events, backpressure, windows, registry, liveFeed } = instruments;
  const { frames, placements, suppressed, companyTopics } = shared;
  const { journal, recorder } = resources;
  const models = resources.models.sequences;
  return {
    scheduler,
    onFault: events.stageFailed,
    ...computingStages(config, { ...dependencies, recovery, backpressure, suppressed, placements, models }),
    frames: { classifier: frames, events, keep: frameWriter(config, events) },
    devices: { events, registry },
    record: { recorder, keepLabels: labelWriter(recorder), believable: config.stream },
    keep: { journal, recovery },
    ledger: windows,
    meters: { events, backpressure },
    states: recovery.states,
    company: company && { find: company.stage(suppressed), accompaniment: company.accompaniment },
    results: {
      registry,
      liveFeed,
      suppressed,
      windows,
      manifestOf: (model) => manifestOf(models.manifests, model),
      caveatsOf: (device, target) => caveatsOf(activeOf(models), target, placements.of(device)),
      isCandidate: (model) => models.isCandidate(model),
      sinks: [stored, ...told],
      companyTopics,
    },
  };
}

/** Lets messages through until the end. */
function startPipeline(intake: Intake, pipeline: OperatorFunction<Delivery, never>, closers: Closers): void {
  const over = new Subject<void>();
  const finished = lastValueFrom(intake.deliveries$.pipe(pipeline, takeUntil(over)), {
    defaultValue: undefined,
  });
  closers.defer(async () => {
    intake.close();
    // What is not through by then is still in the journal.
    await atMost(FINISH_AT_END_MS, finished);
    over.next();
  });
}
