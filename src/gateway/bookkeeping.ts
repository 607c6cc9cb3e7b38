import { finalize, type OperatorFunction } from 'rxjs';
import type { DecodedDelivery } from '../domain/delivery.js';
import { SAMPLE_FATES } from '../domain/ledger.js';
import type { WindowOutcome } from '../domain/prediction.js';
import { messageStage, type OnFault, resultStage } from '../shared/faults.js';
import type { FrameEvent } from '../stream/classify-frames.js';
import type { InferenceEvent } from '../stream/infer.js';
import type { Synchronised, TakenSamples } from '../stream/synchronise/synchronise.js';
import type { Tracked } from '../stream/track-status.js';
import type { Due, DueWindow } from '../stream/window-frames.js';
import type { Events } from '../telemetry/events.js';
import type { Backpressure } from './backpressure.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Recovery } from './recovery.js';
import type { WindowLedger } from './window-ledger.js';

/** Where it is counted and remembered what devices send. */
export interface DeviceBooks {
  readonly events: Pick<Events, 'sensorIgnored' | 'samplesAccepted' | 'samplesSettled'>;
  readonly registry: DeviceRegistry;
}

/** Counts what of a message goes no further, and remembers what it tells of its device. */
export function observeContent(
  { events, registry }: DeviceBooks,
  onFault?: OnFault,
): OperatorFunction<DecodedDelivery, DecodedDelivery> {
  return messageStage('content', onFault, (delivery, emit) => {
    const { content, message } = delivery;
    const { device, frames, ignored, invalidSamples, platform } = content;
    // What comes from the journal was counted by the run that took it.
    if (message.recovery === undefined) {
      for (const [name, samples] of ignored) events.sensorIgnored(name, samples);
      if (invalidSamples > 0) {
        events.samplesAccepted(invalidSamples);
        events.samplesSettled('invalid', invalidSamples);
        registry.noteInvalid(device, invalidSamples);
      }
      const isNews = invalidSamples > 0 || frames.length > 0;
      if (isNews && message.repeat === undefined) registry.noteSent(device, message.receivedAtMs);
      registry.notePlatform(device, platform?.info);
    }
    emit(delivery);
  });
}

/** Counts what became of samples, and remembers what they tell of their device. */
export function observeSamples(
  { events, registry }: DeviceBooks,
  onFault?: OnFault,
): OperatorFunction<Synchronised, Synchronised> {
  return messageStage('samples', onFault, (value, emit) => {
    if (value.type === 'message' && value.taken !== undefined) {
      const { recovery } = value.message;
      if (recovery === undefined) countSamples(events, value.taken);
      // What a checkpoint covers, it tells of the device.
      if (recovery !== 'covered') observe(registry, value.taken);
    }
    emit(value);
  });
}

function countSamples(events: DeviceBooks['events'], { message, accepted: { fates } }: TakenSamples): void {
  events.samplesAccepted(message.blocks.reduce((sum, block) => sum + block.timesMs.length, 0));
  for (const fate of SAMPLE_FATES) if (fates[fate] > 0) events.samplesSettled(fate, fates[fate]);
}

function observe(registry: DeviceRegistry, { message, accepted, aligner }: TakenSamples): void {
  registry.observe(message.device, {
    receivedAtMs: message.receivedAtMs,
    isRepeat: message.repeat !== undefined,
    newestMs: accepted.arrival.newestMs,
    fates: accepted.fates,
    sensors: aligner.sensors,
    delivery: aligner.delivery,
    clock: aligner.clock,
  });
}

/** Enters windows that are due into the ledger; those that are left out end there. */
export function accountFor(
  windows: Pick<WindowLedger, 'due' | 'leftOut'>,
  onFault?: OnFault,
): OperatorFunction<Due, DueWindow> {
  return messageStage('ledger', onFault, (due, emit) => {
    if (due.type === 'left-out') {
      windows.leftOut(due.run);
    } else {
      windows.due(due.window);
      emit(due);
    }
  });
}

export interface InferenceMeters {
  readonly events: Pick<Events, 'inferenceRun' | 'inferenceFailed'>;
  readonly backpressure: Pick<Backpressure, 'set'>;
}

/** Reports how inference does, slows sources down while its queues are long, and lets outcomes pass. */
export function meterInference(
  { events, backpressure }: InferenceMeters,
  onFault?: OnFault,
): OperatorFunction<InferenceEvent, WindowOutcome> {
  const meter = resultStage<InferenceEvent, WindowOutcome>('meters', onFault, (event, emit) => {
    switch (event.type) {
      case 'outcome':
        emit(event.outcome);
        break;
      case 'batch':
        events.inferenceRun(event.run.model, event.run.items, event.run.ranMs);
        break;
      case 'failed':
        events.inferenceFailed(event.failure.model, event.failure.error);
        break;
      case 'congested':
        backpressure.set('inference', event.isCongested);
        break;
    }
  });
  return (events$) =>
    events$.pipe(
      meter,
      finalize(() => backpressure.set('inference', false)),
    );
}

/** Counts camera frames. */
export function countFrames(
  events: Pick<Events, 'frameReceived' | 'frameClassified' | 'frameRejected'>,
  onFault?: OnFault,
): OperatorFunction<FrameEvent, FrameEvent> {
  return resultStage('frame-counts', onFault, (event, emit) => {
    if (event.type === 'received') events.frameReceived();
    else if (event.type === 'labelled') events.frameClassified();
    else events.frameRejected(event.reason, event.detail);
    emit(event);
  });
}

/** Remembers the states of statuses for the next run, and lets everything else pass. */
export function rememberStates(
  recovery: Pick<Recovery, 'tracked'>,
  onFault?: OnFault,
): OperatorFunction<Tracked, Exclude<Tracked, { type: 'state' }>> {
  return resultStage('states', onFault, (tracked, emit) => {
    if (tracked.type === 'state') recovery.tracked(tracked.device, tracked.target, tracked.state);
    else emit(tracked);
  });
}
