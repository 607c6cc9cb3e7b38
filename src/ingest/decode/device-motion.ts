import type { PlatformState } from '../../domain/device.js';
import type { SensorKind } from '../../domain/samples.js';
import { BlockSet } from './block-builder.js';
import {
  isRecord,
  type JsonRecord,
  misspeltMember,
  parseRecord,
  RADIANS_PER_DEGREE,
  toFinite,
  toNumber,
  toSequence,
  toSession,
} from './json.js';
import {
  type AddressedMessage,
  accept,
  type DecodeOutcome,
  reject,
  sensorMessage,
  wrongTimeUnit,
} from './outcome.js';
import { ASSUMED_PLATFORM, declaredPlatform } from './platform.js';
import type { DecodeSettings } from './settings.js';

const OPTIONAL_MEMBERS = ['session', 'sequence', 'platform', 'timeOriginMs'];

/**
 * Decodes browsers' DeviceMotion events, one or many:
 *
 * ```json
 * {"session": "s", "sequence": 3, "platform": "ios", "events": [
 *  {"timeMs": 1698501144401.8, "acceleration": {"x": 0, "y": 0, "z": 0},
 *   "accelerationIncludingGravity": {"x": 0, "y": 0, "z": 9.8}, "rotationRate": {"alpha": 1, "beta": 2, "gamma": 3}}]}
 * ```
 *
 * or a single event by itself. Accelerations are m/s², rotation rates degrees/s: `alpha` about x, `beta` about y, `gamma`
 * about z (W3C Device Orientation and Motion, as browsers have always had it; early drafts named the axes otherwise). A sensor that is `null`, or null on every axis, is absent.
 *
 * Times: `timeMs`, epoch milliseconds; or, when the first event has none, the event's own `timeStamp`, milliseconds since
 * the page was opened, whose epoch time may be given as `timeOriginMs` beside `events`.
 *
 * Safari on iPhones gives accelerations the opposite sign, which nothing in an event tells: it is the device's setting,
 * or else `platform` in the message, that says so.
 */
export function decodeDeviceMotion(raw: AddressedMessage, settings: DecodeSettings): DecodeOutcome {
  const parsed = parseRecord(raw.payload);
  if (!parsed.ok) return parsed;
  const { session, sequence, platform: saidPlatform, timeOriginMs } = parsed.value;
  const misspelt = misspeltMember(parsed.value, OPTIONAL_MEMBERS);
  if (misspelt !== undefined) return reject('wrong-shape', misspelt);
  const events = eventsOf(parsed.value);
  if (events === undefined) {
    return reject('wrong-shape', 'expected a motion event with timeMs, or events: an array of some');
  }
  const clock = events.some((event) => isRecord(event) && event['timeMs'] !== undefined)
    ? 'epoch'
    : 'experiment';
  const blocks = new BlockSet();
  const timeKey = clock === 'epoch' ? 'timeMs' : 'timeStamp';
  let invalidEvents = 0;
  for (const event of events) {
    if (isRecord(event)) addEvent(event, toNumber(event[timeKey]), blocks);
    else invalidEvents += 1;
  }
  const platform = platformOf(raw, settings, saidPlatform);
  const built = blocks.build((kind) => (platform.info.name === 'ios' && kind !== 'gyroscope' ? -1 : 1));
  const wrongUnit = wrongTimeUnit(clock, built);
  if (wrongUnit !== undefined) return reject('wrong-shape', wrongUnit);
  return accept(raw.device, {
    message: sensorMessage(raw, clock, {
      clockZeroMs: clock === 'experiment' ? toFinite(timeOriginMs) : undefined,
      session: toSession(session),
      sequence: toSequence(sequence),
      blocks: built,
    }),
    invalidSamples: blocks.invalid + invalidEvents,
    platform,
  });
}

function eventsOf(record: JsonRecord): readonly unknown[] | undefined {
  const { events, timeMs, timeStamp } = record;
  if (events === undefined) return timeMs === undefined && timeStamp === undefined ? undefined : [record];
  return Array.isArray(events) && events.length > 0 ? events : undefined;
}

function addEvent(event: JsonRecord, timeMs: number, blocks: BlockSet): void {
  const { acceleration, accelerationIncludingGravity, rotationRate } = event;
  addVector(acceleration, ['x', 'y', 'z'], 1, timeMs, 'linear-acceleration', blocks);
  addVector(accelerationIncludingGravity, ['x', 'y', 'z'], 1, timeMs, 'accelerometer', blocks);
  addVector(rotationRate, ['alpha', 'beta', 'gamma'], RADIANS_PER_DEGREE, timeMs, 'gyroscope', blocks);
}

function addVector(
  vector: unknown,
  keys: readonly [string, string, string],
  scale: number,
  timeMs: number,
  kind: SensorKind,
  blocks: BlockSet,
): void {
  if (vector === null || vector === undefined) return;
  const parts = keys.map((key) => (isRecord(vector) ? vector[key] : undefined));
  if (parts.every((part) => part === null)) return;
  const [x, y, z] = parts.map((part) => toNumber(part) * scale);
  blocks.of(kind).add(timeMs, x ?? Number.NaN, y ?? Number.NaN, z ?? Number.NaN);
}

function platformOf(raw: AddressedMessage, settings: DecodeSettings, said: unknown): PlatformState {
  const setting = settings.platformOf(raw.device);
  if (setting !== 'auto') return declaredPlatform(setting);
  return said === 'ios' || said === 'android' ? declaredPlatform(said) : ASSUMED_PLATFORM;
}
