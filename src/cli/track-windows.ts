import { configSchema } from '../config/schema.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { atPaceOf, trackOptions } from '../gateway/stages.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import { INITIAL_TRACK_STATE, StatusTracker } from '../stream/status-tracker.js';
import type { StatusChange, TrackWindows } from '../training/motion/figures/tracked.js';

/** Statuses of a recording's windows as a gateway with default settings makes them. */
export function trackWindowsOf(
  model: Pick<SequenceManifest, 'strideSamples' | 'samplingRateHz'>,
  thresholdOf: (target: string) => number = () => 0.5,
): TrackWindows {
  const config = configSchema.parse({});
  return (target, windows) => {
    const manifest = {
      ...model,
      targets: [{ name: target, output: target, classes: ['no', 'yes'], threshold: 0.5 }],
    };
    const options = atPaceOf(trackOptions(config, target), [manifest], target);
    const tracker = new StatusTracker(anyDevice(), target, options);
    const threshold = thresholdOf(target);
    let state = INITIAL_TRACK_STATE;
    return windows.flatMap(({ startMs, endMs, probability }): StatusChange[] => {
      const probabilities = { no: 1 - probability, yes: probability };
      const step = tracker.observe(state, { startMs, endMs, probabilities, threshold, arrivalMs: endMs });
      state = step.state;
      return step.updates
        .filter(({ kind }) => kind === 'change')
        .map(({ status, sinceMs }) => ({
          status,
          sinceMs,
          saidMs: status === 'unknown' ? sinceMs : endMs,
        }));
    });
  };
}

/** Statuses carry a device's name, which nobody looks at here. */
function anyDevice(): DeviceId {
  const device = parseDeviceId('recording');
  if (device === undefined) throw new Error('"recording" is no device name');
  return device;
}
