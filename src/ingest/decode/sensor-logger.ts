import type { PlatformState } from '../../domain/device.js';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../../domain/ids.js';
import type { CameraFrame, RawMessage } from '../../domain/message.js';
import { accept, type DecodeOutcome, reject, sensorMessage } from './outcome.js';
import { declaredPlatform, detectPlatform } from './platform.js';
import type { SensorLoggerContent } from './sensor-logger-content.js';
import { readSensorLogger } from './sensor-logger-json.js';
import { scanSensorLogger } from './sensor-logger-scan.js';
import type { DecodeSettings } from './settings.js';

/** What has been found out about a device's convention so far. */
export type KnownPlatform = (device: DeviceId) => PlatformState | undefined;

/**
 * Decodes the messages of the Sensor Logger app, over MQTT or HTTP:
 *
 * ```json
 * {"messageId": 0, "sessionId": "…", "deviceId": "…", "payload": [
 *  {"name": "accelerometer", "time": 1698501144401773000, "values": {"z": 0.01, "y": -0.02, "x": 0.03}, "accuracy": 3}]}
 * ```
 *
 * `deviceId` names the device unless topic or subscription did. Times are epoch nanoseconds, beyond what a double holds
 * exactly: they become milliseconds here, ±128 ns, and are never written back. The message says neither which phone it
 * comes from nor whether units are standardised: see {@link detectPlatform}; a device's setting comes first.
 * `camera` entries become frames; `barometer` counts where something uses air pressure; other sensors are ignored and counted.
 *
 * Source: PUSHING.md, UNITS.md, CROSSPLATFORM.md of the app; field notes 3.1.
 */
export function decodeSensorLogger(
  raw: RawMessage,
  settings: DecodeSettings,
  knownPlatform: KnownPlatform,
): DecodeOutcome {
  const content = scanSensorLogger(raw.payload) ?? readSensorLogger(raw.payload);
  if ('ok' in content) return content;
  const device = raw.device ?? parseDeviceId(content.deviceId ?? '');
  if (device === undefined) {
    return reject('bad-device', `neither topic nor deviceId names a device by the rule: ${DEVICE_ID_RULE}`);
  }
  if (content.isTest) return accept(device, { isTest: true });
  const platform = platformOf(device, content, settings, knownPlatform);
  const blocks = content.build(platform.info.name, settings.isPressureUsed === true);
  const { session, sequence } = content;
  return accept(device, {
    message: sensorMessage({ device, receivedAtMs: raw.receivedAtMs }, 'epoch', {
      session,
      sequence,
      blocks,
    }),
    frames: content.frames.map(({ timeMs, image }): CameraFrame => {
      return { device, timeMs: timeMs ?? raw.receivedAtMs, image };
    }),
    ignored: content.ignored.counts,
    invalidSamples: content.invalidSamples,
    platform,
  });
}

function platformOf(
  device: DeviceId,
  content: SensorLoggerContent,
  settings: DecodeSettings,
  knownPlatform: KnownPlatform,
): PlatformState {
  const setting = settings.platformOf(device);
  if (setting !== 'auto') return declaredPlatform(setting);
  return detectPlatform(knownPlatform(device), content.platformSign());
}
