import { configSchema } from '../config/schema.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { synchroniseOptions } from '../gateway/synchronise-options.js';
import { type RecordingWindowSpec, windowsOfRecording } from '../recordings/recording-windows.js';
import type { WindowsOf } from '../training/motion/data-set.js';

/** Cuts recordings into windows just as the stream does by default. */
export function trainingWindows(spec: Omit<RecordingWindowSpec, 'name' | 'units'>): WindowsOf {
  const options = synchroniseOptions(configSchema.parse({}).stream);
  const device = anyDevice();
  return (recording) =>
    windowsOfRecording(
      recording,
      device,
      recording.startMs,
      { ...spec, name: 'training', units: 'si' },
      options,
    );
}

/** Windows of a recording carry a device's name, which nobody looks at here. */
function anyDevice(): DeviceId {
  const device = parseDeviceId('recording');
  if (device === undefined) throw new Error('"recording" is no device name');
  return device;
}
