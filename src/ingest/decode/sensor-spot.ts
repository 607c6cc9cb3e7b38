import type { SensorKind } from '../../domain/samples.js';
import { BlockSet } from './block-builder.js';
import { IgnoredSensors, isRecord, NANOSECONDS_PER_MS, parseJsonPayload, toNumber } from './json.js';
import { type AddressedMessage, accept, type DecodeOutcome, reject, sensorMessage } from './outcome.js';

/** Last word of Android's sensor types. Android's accelerometer includes gravity. */
const SENSORS: ReadonlyMap<string, SensorKind> = new Map([
  ['accelerometer', 'accelerometer'],
  ['linear_acceleration', 'linear-acceleration'],
  ['gravity', 'gravity'],
  ['gyroscope', 'gyroscope'],
  ['magnetic_field', 'magnetometer'],
]);

/**
 * Decodes SensorSpot's messages, one Android sensor event each, times in nanoseconds since boot:
 * `{"type": "android.sensor.accelerometer", "timestamp": 3925657519043709, "values": [0.31, -0.97, 10.04]}`.
 *
 * Where there is no `type`, as in SensorServer's `{"accuracy", "timestamp", "values"}`, the last level of the topic names
 * the sensor. An array of events is taken too. `android.gps` and other sensors are ignored and counted.
 *
 * Source: SensorSpot's and SensorServer's own code; field notes 3.2.
 */
export function decodeSensorSpot(raw: AddressedMessage): DecodeOutcome {
  const parsed = parseJsonPayload(raw.payload);
  if (!parsed.ok) return parsed;
  const events: readonly unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  const topicSensor = raw.topic.slice(raw.topic.lastIndexOf('/') + 1);
  const blocks = new BlockSet();
  const ignored = new IgnoredSensors();
  const isTaken = events.map((event) => addEvent(event, topicSensor, blocks, ignored));
  if (!isTaken.includes(true)) {
    return reject('wrong-shape', 'expected a sensor event with type, timestamp and values');
  }
  return accept(raw.device, {
    message: sensorMessage(raw, 'boot', { blocks: blocks.build() }),
    ignored: ignored.counts,
    invalidSamples: blocks.invalid + isTaken.filter((taken) => !taken).length,
  });
}

/** Returns false for what is no sensor event. */
function addEvent(event: unknown, topicSensor: string, blocks: BlockSet, ignored: IgnoredSensors): boolean {
  if (!isRecord(event)) return false;
  const { type, timestamp, values } = event;
  if (typeof type !== 'string' && !Array.isArray(values)) return false;
  const name = typeof type === 'string' ? type : topicSensor;
  const kind = SENSORS.get(name.slice(name.lastIndexOf('.') + 1));
  if (kind === undefined) {
    ignored.note(name);
    return true;
  }
  if (!Array.isArray(values)) return false;
  const [x, y, z]: readonly unknown[] = values;
  const timeMs = toNumber(timestamp) / NANOSECONDS_PER_MS;
  blocks.of(kind, 1).add(timeMs, toNumber(x), toNumber(y), toNumber(z));
  return true;
}
