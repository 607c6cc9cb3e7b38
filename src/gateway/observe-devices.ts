import type { OperatorFunction } from 'rxjs';
import { SAMPLE_FATES } from '../domain/ledger.js';
import { messageStage, type OnFault } from '../shared/faults.js';
import type { Synchronised, SynchronisedMessage, TakenSamples } from '../stream/synchronise/synchronise.js';
import type { Events } from '../telemetry/events.js';
import type { DeviceRegistry } from './device-registry.js';

/** Where it is counted and remembered what devices send. */
export interface DeviceBooks {
  readonly events: Pick<Events, 'sensorIgnored' | 'samplesAccepted' | 'samplesSettled'>;
  readonly registry: DeviceRegistry;
}

/** Counts what became of everything in a message, and remembers what it tells of its device. */
export function observeDevices(
  books: DeviceBooks,
  onFault?: OnFault,
): OperatorFunction<Synchronised, Synchronised> {
  return messageStage('devices', onFault, (value, emit) => {
    if (value.type === 'message') observeMessage(books, value);
    emit(value);
  });
}

function observeMessage(books: DeviceBooks, value: SynchronisedMessage): void {
  const { message, taken } = value;
  // What comes from the journal was counted by the run that took it.
  if (message.recovery === undefined) {
    observeUnused(books, value);
    if (taken !== undefined) countSamples(books.events, taken);
  }
  // What a checkpoint covers, it tells of the device.
  if (taken !== undefined && message.recovery !== 'covered') observeSamples(books.registry, taken);
  if (message.recovery === undefined)
    books.registry.notePlatform(value.content.device, value.content.platform?.info);
}

/** Counts what goes no further, and remembers that the device has sent something. */
function observeUnused({ events, registry }: DeviceBooks, { content, message }: SynchronisedMessage): void {
  const { device, frames, ignored, invalidSamples } = content;
  for (const [name, samples] of ignored) events.sensorIgnored(name, samples);
  if (invalidSamples > 0) {
    events.samplesAccepted(invalidSamples);
    events.samplesSettled('invalid', invalidSamples);
    registry.noteInvalid(device, invalidSamples);
  }
  const isNews = invalidSamples > 0 || frames.length > 0;
  if (isNews && message.repeat === undefined) registry.noteSent(device, message.receivedAtMs);
}

function countSamples(events: DeviceBooks['events'], { message, accepted: { fates } }: TakenSamples): void {
  events.samplesAccepted(message.blocks.reduce((sum, block) => sum + block.timesMs.length, 0));
  for (const fate of SAMPLE_FATES) if (fates[fate] > 0) events.samplesSettled(fate, fates[fate]);
}

function observeSamples(registry: DeviceRegistry, { message, accepted, aligner }: TakenSamples): void {
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
