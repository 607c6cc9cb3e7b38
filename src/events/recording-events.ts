import type { DeviceId } from '../domain/ids.js';
import type { RecordedFate } from '../recordings/recorder-hooks.js';
import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';

/** What happens to recordings and labels. */
export interface RecordingEvents {
  samplesRecorded(fate: RecordedFate, count: number): void;
  /** A label was kept in a recording, or there was none it belongs to, or it could not be written. */
  labelTaken(outcome: 'kept' | 'not-recorded' | 'failed'): void;
  recordingBegun(device: DeviceId, id: string): void;
  recordingEnded(device: DeviceId, id: string): void;
  /** Something could not be recorded; it is tried again. */
  recordingFailed(error: unknown): void;
  /** The recordings have so many bytes. */
  recordingsHold(bytes: number): void;
  /** The recordings have reached their largest size: nothing more is recorded. */
  recordingsFull(bytes: number): void;
}

export function recordingEvents({ logger, metrics }: EventDependencies, warn: Warn): RecordingEvents {
  return {
    samplesRecorded: (fate, count) => {
      metrics.recordedSamples.inc({ fate }, count);
      if (fate === 'refused' || fate === 'failed')
        warn(`not-recorded/${fate}`, { fate, samples: count }, 'samples were not recorded');
    },
    labelTaken: (outcome) => metrics.labels.inc({ outcome }),
    recordingBegun: (device, recording) => logger.info({ device, recording }, 'recording'),
    recordingEnded: (device, recording) => logger.info({ device, recording }, 'recording complete'),
    recordingFailed: (error) =>
      warn('recording-failed', { error: messageOf(error) }, 'a recording could not be written'),
    recordingsHold: (bytes) => metrics.recordingBytes.set(bytes),
    recordingsFull: (bytes) =>
      logger.error({ bytes }, 'recordings have reached recording.maxBytes; nothing more is recorded'),
  };
}
