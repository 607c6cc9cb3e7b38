import { connect, merge, type Observable, type OperatorFunction, pipe, type SchedulerLike } from 'rxjs';
import type { Accompaniment } from './company/accompaniment.js';
import { type FindCompanyOptions, findCompany } from './company/find-company.js';
import type { DecodedDelivery, Delivery } from './domain/delivery.js';
import { type InferenceMeters, meterInference } from './gateway/backpressure.js';
import { type KeepFramesOptions, keepFrames } from './gateway/frames.js';
import { type KeepDependencies, keepMessages } from './gateway/keep-messages.js';
import { type DeviceBooks, observeDevices } from './gateway/observe-devices.js';
import { type RecordOptions, record } from './gateway/recording.js';
import { type DeliverOptions, deliver, type Result } from './gateway/results.js';
import { sayAccompanied } from './gateway/say-accompanied.js';
import { rememberStates, type TrackedStates } from './gateway/tracked-states.js';
import { accountFor, type WindowLedger } from './gateway/window-ledger.js';
import { type DecodeOptions, decode } from './ingest/decode/decode.js';
import type { OnFault } from './shared/faults.js';
import { classifyFrames, type FrameClassifier } from './stream/classify-frames.js';
import { type InferOptions, infer } from './stream/infer.js';
import { type SynchroniseOperatorOptions, synchronise } from './stream/synchronise/synchronise.js';
import { type TrackStatusOptions, trackStatus } from './stream/track-status.js';
import {
  type ClosedRows,
  type DueWindow,
  type WindowFramesOptions,
  windowFrames,
} from './stream/window-frames.js';

/** What each stage is given, and what all have in common. */
export interface PipelineStages {
  /** Clock and timers. */
  readonly scheduler: SchedulerLike;
  /** Takes note of what stages throw. */
  readonly onFault: OnFault;
  readonly decode: DecodeOptions;
  readonly frames: KeepFramesOptions & { readonly classifier: FrameClassifier };
  readonly synchronise: SynchroniseOperatorOptions;
  readonly devices: DeviceBooks;
  readonly record: RecordOptions;
  readonly keep: KeepDependencies;
  readonly window: WindowFramesOptions;
  readonly ledger: Pick<WindowLedger, 'due' | 'leftOut'>;
  readonly infer: InferOptions;
  readonly meters: InferenceMeters;
  readonly track: TrackStatusOptions;
  readonly states: Pick<TrackedStates, 'take'>;
  /** `undefined` where company is switched off. */
  readonly company?: { readonly find: FindCompanyOptions; readonly accompaniment: Accompaniment } | undefined;
  readonly results: DeliverOptions;
}

/**
 * The data path: everything that becomes of a message, in order.
 *
 * A message comes with its settlement, and each value that follows from it in the same turn of the event loop carries it on.
 * Whichever stage finishes the message settles it: rejected by the one that refuses it, kept (or failed) by `keepMessages`
 * once the journal has it. What a stage throws rejects the message as `internal` and ends nothing else.
 */
export function createPipeline(stages: PipelineStages): OperatorFunction<Delivery, never> {
  const { onFault } = stages;
  return pipe(
    decode(stages.decode, onFault), //          Delivery -> DecodedDelivery, or rejected
    connect((decoded$: Observable<DecodedDelivery>) =>
      merge(decoded$.pipe(labelFrames(stages)), decoded$.pipe(closeRows(stages), followRows(stages))),
    ),
    deliver(stages.results, onFault), //        Result -> store, MQTT, webhooks, alerts, live feed
  );
}

function labelFrames({ frames, onFault }: PipelineStages): OperatorFunction<DecodedDelivery, Result> {
  return pipe(
    classifyFrames(frames.classifier, onFault), // DecodedDelivery -> FrameEvent
    keepFrames(frames, onFault), //                FrameEvent -> ApparelLabels
  );
}

/** From here on samples; what holds none passes through to be recorded and settled. */
function closeRows(stages: PipelineStages): OperatorFunction<DecodedDelivery, ClosedRows> {
  const { scheduler, onFault } = stages;
  return pipe(
    synchronise(stages.synchronise, scheduler, onFault), // DecodedDelivery -> Synchronised
    observeDevices(stages.devices, onFault), //             what devices send is counted and remembered
    record(stages.record, onFault), //                      Synchronised -> Recorded
    keepMessages(stages.keep, onFault), //                  Recorded -> ClosedRows; settles the message
  );
}

/** What rows tell of each device by itself, and of devices together. */
function followRows(stages: PipelineStages): OperatorFunction<ClosedRows, Result> {
  const { company, scheduler, onFault } = stages;
  const alone = pipe(makeWindows(stages), makeStatuses(stages));
  if (company === undefined) return alone;
  return pipe(
    connect((rows$: Observable<ClosedRows>) =>
      merge(rows$.pipe(findCompany(company.find, scheduler, onFault)), rows$.pipe(alone)),
    ),
    sayAccompanied(company.accompaniment, onFault), //      Result, CompanyEvent -> Result
  );
}

function makeWindows(stages: PipelineStages): OperatorFunction<ClosedRows, DueWindow> {
  const { scheduler, onFault } = stages;
  return pipe(
    windowFrames(stages.window, scheduler, onFault), //     ClosedRows -> Due
    accountFor(stages.ledger, onFault), //                  Due -> DueWindow
  );
}

function makeStatuses(stages: PipelineStages): OperatorFunction<DueWindow, Result> {
  const { scheduler, onFault } = stages;
  return pipe(
    infer(stages.infer, onFault), //                     DueWindow -> InferenceEvent
    meterInference(stages.meters, onFault), //           InferenceEvent -> WindowOutcome
    trackStatus(stages.track, scheduler, onFault), //    WindowOutcome -> Tracked
    rememberStates(stages.states, onFault), //           Tracked -> Result
  );
}
