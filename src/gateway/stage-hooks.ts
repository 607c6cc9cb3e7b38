import { SAMPLE_FATES } from '../domain/ledger.js';
import type { SensorMessage } from '../domain/samples.js';
import { type DecodedMessage, reject } from '../ingest/decode/outcome.js';
import type { Clock } from '../shared/clock.js';
import type { FrameDesk } from '../stream/classify-frames.js';
import type { Accepted, DeviceAligner } from '../stream/synchronise/device-aligner.js';
import type { Events } from '../telemetry/events.js';
import type { FlowGate } from './backpressure.js';
import type { DeviceRegistry, Observation } from './device-registry.js';
import type { Intake } from './intake.js';
import type { Recovery } from './recovery.js';
import type { StageHooks } from './stages.js';
import type { ForgottenDevices } from './suppressed-devices.js';
import type { PendingWindows } from './window-ledger.js';

/** What is written of what the stages see. */
export interface RecordingHooks {
  samples(message: SensorMessage, accepted: Accepted, aligner: DeviceAligner): void;
  /** Resolves to whether there is a recording the labels belong to. */
  labels(labels: DecodedMessage['labels'], receivedAtMs: number): Promise<boolean>;
}

export interface StageHookDependencies {
  readonly clock: Clock;
  readonly events: Events;
  readonly registry: DeviceRegistry;
  readonly pending: PendingWindows;
  readonly gate: FlowGate;
  readonly intake: Intake;
  readonly recovery: Recovery;
  readonly frames: Pick<FrameDesk, 'accept'>;
  readonly recording: RecordingHooks;
  readonly forgotten: Pick<ForgottenDevices, 'letGo$'>;
  /** By which devices are silent. @defaultValue the scheduler of the stages */
  readonly silenceClock?: Clock;
}

/** What the gateway does when a stage reports: it counts, and keeps what is known of devices up to date. */
export function stageHooks({
  clock,
  events,
  registry,
  pending,
  gate,
  intake,
  recovery,
  frames,
  recording,
  forgotten,
  silenceClock,
}: StageHookDependencies): StageHooks {
  return {
    letGo$: forgotten.letGo$,
    silenceClock,
    onRejected: ({ topic, recovery: isRecovered }, outcome) => {
      if (isRecovered !== undefined) return;
      events.messageRejected({ reason: outcome.reason, topic, detail: outcome.detail });
      intake.noteOutcome(outcome);
    },
    onDecoded: (raw, decoded) => {
      intake.noteOutcome(decoded);
      if (raw.recovery !== undefined) return;
      countDecoded(events, decoded);
      if (decoded.invalidSamples > 0) registry.noteInvalid(decoded.device, decoded.invalidSamples);
      const isSaid = decoded.invalidSamples > 0 || decoded.frames.length > 0;
      if (isSaid && raw.repeat === undefined) registry.noteSent(decoded.device, raw.receivedAtMs);
      registry.notePlatform(decoded.device, decoded.platform?.info);
      for (const frame of decoded.frames) frames.accept(frame);
      if (decoded.labels.length > 0) intake.noteLabels(recording.labels(decoded.labels, raw.receivedAtMs));
    },
    onAccepted: (message, accepted, aligner) => {
      intake.noteTaken(message, accepted, aligner);
      recording.samples(message, accepted, aligner);
      // What comes from the journal was counted by the run that took it; what a checkpoint covers, it tells of the device.
      if (message.recovery === undefined) countSamples(events, message, accepted);
      if (message.recovery !== 'covered')
        registry.observe(message.device, observationOf(message, accepted, aligner));
    },
    whenOpen: () => gate.whenOpen(),
    onHeld: (message) => intake.noteHeld(message),
    onHeldLost: (message) => intake.noteHeldLost(message),
    onTooManyDevices: ({ device }) => {
      const detail = 'more devices than stream.maxDevices allows';
      events.messageRejected({ reason: 'too-many-devices', topic: device, detail });
      intake.noteOutcome(reject('too-many-devices', detail));
    },
    onFault: (fault) => {
      intake.noteFault(fault);
      events.stageFailed(fault);
    },
    onEvicted: (device) => recovery.rest(device),
    restoredPlatform: (device) => recovery.restoredPlatform(device),
    restoredDevice: (device) => recovery.restoredDevice(device),
    restoredTracks: recovery.restoredTracks(),
    onTracked: (device, target, state) => recovery.tracked(device, target, state),
    onDue: (window) => {
      recovery.due(window);
      pending.add(window, clock.nowMs());
      events.windowsDue(1);
    },
    onLeftOut: (run) => {
      recovery.leftOut(run);
      events.windowsDue(run.count);
      events.windowsSkipped('low-coverage', run.count);
    },
    onBatch: ({ model, windows, ranMs }) => events.inferenceRun(model, windows, ranMs),
    onFailed: ({ model, error }) => events.inferenceFailed(model, error),
    onCongested: (isCongested) => gate.set('inference', isCongested),
  };
}

function countDecoded(events: Events, decoded: DecodedMessage): void {
  for (const [name, samples] of decoded.ignored) events.sensorIgnored(name, samples);
  if (decoded.invalidSamples > 0) {
    events.samplesAccepted(decoded.invalidSamples);
    events.samplesSettled('invalid', decoded.invalidSamples);
  }
}

function countSamples(events: Events, message: SensorMessage, { fates }: Accepted): void {
  events.samplesAccepted(message.blocks.reduce((sum, block) => sum + block.timesMs.length, 0));
  for (const fate of SAMPLE_FATES) if (fates[fate] > 0) events.samplesSettled(fate, fates[fate]);
}

function observationOf(
  message: SensorMessage,
  { fates, newestMs }: Accepted,
  aligner: DeviceAligner,
): Observation {
  return {
    receivedAtMs: message.receivedAtMs,
    isRepeat: message.repeat !== undefined,
    newestMs,
    fates,
    sensors: aligner.sensors,
    delivery: aligner.delivery,
    clock: aligner.clock,
  };
}
