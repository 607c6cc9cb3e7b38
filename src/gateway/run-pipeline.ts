import { asyncScheduler, lastValueFrom, tap } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import type { AlertDesk } from '../notify/alerts/alert-service.js';
import { type MqttStatusSink, type StatusPublisher, startMqttStatusSink } from '../notify/mqtt-status.js';
import type { Webhooks } from '../notify/webhooks/webhooks.js';
import { createPipeline } from '../pipeline.js';
import type { Clock } from '../shared/clock.js';
import { atMost, type Closers } from '../shared/lifetime.js';
import type { FrameDesk } from '../stream/classify-frames.js';
import { StatusTracker } from '../stream/status-tracker.js';
import type { RestoredDevice } from './device-registry.js';
import { openFrameDesk } from './frames.js';
import { type ImageService, openImageService } from './image-service.js';
import type { Instruments } from './instruments.js';
import { Intake } from './intake.js';
import type { Resources } from './open-resources.js';
import { recordingHooks } from './recording.js';
import { Recovery, unkeptBy } from './recovery.js';
import { ResultHub } from './results.js';
import { messageDeadLetters } from './retention.js';
import { stageHooks } from './stage-hooks.js';
import { atPaceOf, isToldBySimulated, pipelineStages, trackOptions } from './stages.js';
import { type StoreSink, startStoreSink } from './store-sink.js';
import { ForgottenDevices } from './suppressed-devices.js';
import { WindowAccounts } from './window-ledger.js';

/** Longest that stopping waits for windows under way, milliseconds. */
const FINISH_AT_END_MS = 2500;
/** Longest that stopping waits for the last checkpoint, milliseconds. */
const SAVE_AT_END_MS = 2000;

export interface DataPathDependencies {
  readonly instruments: Instruments;
  readonly resources: Resources;
  /** Where statuses are published. */
  readonly publisher: StatusPublisher;
  readonly alerts: AlertDesk;
  readonly webhooks: Webhooks;
  /** By which devices are silent. */
  readonly silenceClock: Clock;
}

/** The way of messages to results, open at its beginning: whoever has messages hands them to the intake. */
export interface DataPath {
  readonly intake: Intake;
  readonly recovery: Recovery;
  readonly forgotten: ForgottenDevices;
  readonly images: ImageService;
  readonly frames: FrameDesk;
  readonly stored: StoreSink;
  readonly statuses: MqttStatusSink;
}

/** Puts the stages and sinks together and starts them; what is in the journal has not been gone through again yet. */
export function startDataPath(
  config: Config,
  { instruments, resources, publisher, alerts, webhooks, silenceClock }: DataPathDependencies,
  closers: Closers,
): DataPath {
  const { clock, events, gate, pending, registry, liveFeed, board } = instruments;
  const { journal, recorder, store, models } = resources;
  const manifestOf = (model: string): SequenceManifest | undefined =>
    models.sequences.manifests.find(({ name }) => name === model);
  const recovery = new Recovery(journal, {
    gridOf: manifestOf,
    toleranceMs: config.stream.toleranceMs,
    unkept: unkeptBy([alerts, webhooks]),
    areResultsKept: () => stored.areKept(),
    neededFromMs: (device) => recorder.unwrittenFromMs(device),
    takeSeen: () => registry.takeSeen(),
    maxRemembered: config.stream.maxDevices,
  });
  const intake = new Intake({ events, gate, journal, recovery, deadLetters: messageDeadLetters(config) });
  closers.defer(() => intake.abandon());
  closers.defer(() => atMost(SAVE_AT_END_MS, recovery.save()));

  const statuses = closers.add(startMqttStatusSink({ publisher, onFailed: events.statusPublishFailed }));
  const windows = new WindowAccounts({
    ...{ clock, events, pending },
    onSettled: (window) => recovery.settled(window),
  });
  const stored = closers.add(startStoreSink(config, store, { clock, events, gate, pending, windows }));
  const forgotten = new ForgottenDevices();
  const hub = new ResultHub({
    ...{ registry, liveFeed, forgotten, manifestOf, windows },
    isSimulated: (target) => isToldBySimulated(models.sequences, target),
    onFault: events.stageFailed,
    isCandidate: (model) => models.sequences.isCandidate(model),
    sinks: [stored, statuses, board, alerts],
  });

  const trackerFor = (device: DeviceId, target: string): StatusTracker =>
    new StatusTracker(
      device,
      target,
      atPaceOf(trackOptions(config, target), models.sequences.manifests, target),
    );
  const remembered = rememberedDevices(recovery, trackerFor, clock.nowMs());
  registry.restore(remembered, clock.nowMs());
  // Brokers may have lost what they retained, and one target's news must not take the others' place.
  for (const { statuses: said } of remembered) statuses.accept({ windows: [], statuses: said, apparel: [] });

  const images = openImageService(config, models, events, closers);
  const { classifier } = images;
  const frames = closers.add(openFrameDesk(config, { classifier, clock, events, forgotten, hub }));
  const hooks = stageHooks({
    ...{ clock, events, registry, pending, gate, intake, recovery, frames, forgotten, silenceClock },
    recording: recordingHooks(config, recorder),
  });
  const results$ = intake.messages$.pipe(
    createPipeline(pipelineStages(config, models.sequences, hooks, asyncScheduler), asyncScheduler),
    tap((result) => hub.accept(result)),
  );
  const finished = lastValueFrom(results$, { defaultValue: undefined });
  closers.defer(async () => {
    intake.close();
    // What is not through by then is still in the journal.
    await atMost(FINISH_AT_END_MS, finished);
  });
  return { intake, recovery, forgotten, images, frames, stored, statuses };
}

/** What is to be said again of devices after the start: what was true of them last, or unknown where that is too long ago. */
function rememberedDevices(
  recovery: Recovery,
  trackerFor: (device: DeviceId, target: string) => StatusTracker,
  nowMs: number,
): RestoredDevice[] {
  return recovery.remembered().map(({ device, lastSeenMs, platform, statuses }) => ({
    id: device,
    lastSeenMs,
    platform: platform?.info,
    statuses: Object.entries(statuses).flatMap(
      ([target, state]) => trackerFor(device, target).sayAgain(state, nowMs) ?? [],
    ),
  }));
}
