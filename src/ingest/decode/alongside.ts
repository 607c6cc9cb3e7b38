import {
  type ClockKind,
  PASCALS_PER_HECTOPASCAL,
  SENSOR_KINDS,
  type SensorKind,
  STANDARD_GRAVITY,
} from '../../domain/samples.js';
import { BlockSet } from './block-builder.js';
import { isCborMap, parseCborRecord } from './cbor.js';
import {
  describe,
  IgnoredSensors,
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
  type RejectedMessage,
  reject,
  sensorMessage,
  wrongTimeUnit,
} from './outcome.js';
import type { DecodeSettings } from './settings.js';

/** A message has a few sensors, and a column an axis. */
const MAX_NAMES = 1000;

const OPTIONAL_MEMBERS = ['session', 'sequence', 'clock', 'clockZeroMs'];
const OPTIONAL_OF_SENSOR = ['unit', 'gravity'];

const CLOCKS: readonly ClockKind[] = ['epoch', 'boot', 'experiment'];

/** What a unit is called, what it is worth in SI, and the stream it makes of a sensor if not that of its name. */
interface Unit {
  readonly scale: number;
  readonly kind?: SensorKind;
}

const ACCELERATION = { 'm/s2': { scale: 1 }, g: { scale: STANDARD_GRAVITY } };

const UNITS: Readonly<Record<SensorKind, Readonly<Record<string, Unit>>>> = {
  accelerometer: { ...ACCELERATION, adc: { scale: 1, kind: 'accelerometer-raw' } },
  'linear-acceleration': ACCELERATION,
  gravity: ACCELERATION,
  gyroscope: { 'rad/s': { scale: 1 }, 'deg/s': { scale: RADIANS_PER_DEGREE } },
  magnetometer: { uT: { scale: 1 } },
  'accelerometer-raw': { adc: { scale: 1 } },
  barometer: { Pa: { scale: 1 }, hPa: { scale: PASCALS_PER_HECTOPASCAL } },
};

/**
 * Decodes the gateway's own format: one object a message, one column an axis, in JSON or in CBOR (`parseCborRecord`).
 *
 * ```json
 * {"session": "walk-1", "sequence": 12, "clock": "epoch",
 *  "sensors": {
 *   "accelerometer": {"unit": "m/s2", "gravity": true, "timeMs": [1698501144401.773], "x": [0.1], "y": [0.2], "z": [9.8]},
 *   "gyroscope": {"unit": "rad/s", "timeMs": [], "x": [], "y": [], "z": []}}}
 * ```
 *
 * - `session` (string) and `sequence` (whole number from 0, rising by one): optional; make loss visible.
 * - `clock`: what `timeMs` counts from: `epoch` (default), `boot` or `experiment`; `clockZeroMs`, optional, is the epoch
 *   time of a clock's zero. Times are milliseconds, fractions allowed.
 * - `sensors`: any of `accelerometer`, `linear-acceleration`, `gravity`, `gyroscope`, `magnetometer`,
 *   `accelerometer-raw`, and `barometer` where something uses air pressure; others are ignored and counted. The columns of a
 *   sensor have the same length: four, and of the barometer two, `timeMs` and `x`.
 * - `unit`: `m/s2` (default) or `g` for accelerations, `adc` for an uncalibrated accelerometer, `rad/s` (default) or
 *   `deg/s`, `uT`, `Pa` (default) or `hPa`. Axes and signs are Android's.
 * - `gravity` (accelerometer only, default true): false makes it `linear-acceleration`.
 *
 * A sample with a `null` or anything else that is no number is counted as invalid; the others are kept. Members of other names
 * are the sender's own, unless they look like a misspelt optional one. Everything else that breaks these rules refuses the message.
 */
export function decodeAlongside(
  raw: AddressedMessage,
  { isPressureUsed = false }: Pick<DecodeSettings, 'isPressureUsed'> = {},
): DecodeOutcome {
  const parse = isCborMap(raw.payload) ? parseCborRecord : parseRecord;
  const parsed = parse(raw.payload, MAX_NAMES);
  if (!parsed.ok) return parsed;
  const { clock: clockName = 'epoch', clockZeroMs, session, sequence, sensors } = parsed.value;
  const clock = CLOCKS.find((kind) => kind === clockName);
  if (clock === undefined) return reject('wrong-shape', `clock must be one of ${CLOCKS.join(', ')}`);
  if (!isRecord(sensors)) {
    return reject('wrong-shape', `sensors must be an object, got ${describe(sensors)}`);
  }
  const misspelt = misspeltMember(parsed.value, OPTIONAL_MEMBERS);
  if (misspelt !== undefined) return reject('wrong-shape', misspelt);
  const content = { blocks: new BlockSet(), ignored: new IgnoredSensors(), isPressureUsed };
  const rejection = decodeSensors(sensors, content);
  if (rejection !== undefined) return rejection;
  const blocks = content.blocks.build();
  const wrongUnit = wrongTimeUnit(clock, blocks);
  if (wrongUnit !== undefined) return reject('wrong-shape', wrongUnit);
  return accept(raw.device, {
    message: sensorMessage(raw, clock, {
      clockZeroMs: toFinite(clockZeroMs),
      session: toSession(session),
      sequence: toSequence(sequence),
      blocks,
    }),
    ignored: content.ignored.counts,
    invalidSamples: content.blocks.invalid,
  });
}

interface Content {
  readonly blocks: BlockSet;
  readonly ignored: IgnoredSensors;
  readonly isPressureUsed: boolean;
}

function decodeSensors(sensors: JsonRecord, content: Content): RejectedMessage | undefined {
  let samples = 0;
  for (const [name, columns] of Object.entries(sensors)) {
    const named = SENSOR_KINDS.find(
      (kind) => kind === name && (kind !== 'barometer' || content.isPressureUsed),
    );
    const result = named === undefined ? ignore(name, columns, content) : addSensor(named, columns, content);
    if (typeof result !== 'number') return result;
    samples += result;
  }
  return samples > 0 ? undefined : reject('wrong-shape', 'sensors holds no samples');
}

function ignore(name: string, columns: unknown, { ignored }: Content): number {
  const timesMs = isRecord(columns) ? columns['timeMs'] : undefined;
  const samples = isColumn(timesMs) ? timesMs.length : 1;
  ignored.note(name, samples);
  return samples;
}

/** Returns the number of samples, valid or not. */
function addSensor(named: SensorKind, value: unknown, { blocks }: Content): number | RejectedMessage {
  if (!isRecord(value)) return reject('wrong-shape', `${named} must be an object, got ${describe(value)}`);
  const misspelt = misspeltMember(value, OPTIONAL_OF_SENSOR);
  if (misspelt !== undefined) return reject('wrong-shape', `${named}: ${misspelt}`);
  const unit = unitOf(named, value['unit']);
  if (unit === undefined) return reject('wrong-shape', `${named} cannot have the unit given`);
  const columns = columnsOf(named, value);
  if (columns === undefined) {
    const needed = named === 'barometer' ? 'timeMs and x: two arrays' : 'timeMs, x, y, z: four arrays';
    return reject('wrong-shape', `${named} needs ${needed} of the same length`);
  }
  const isLinear = named === 'accelerometer' && value['gravity'] === false;
  const kind = unit.kind ?? (isLinear ? 'linear-acceleration' : named);
  if (blocks.has(kind)) {
    return reject('wrong-shape', `two sensors of the message are both ${kind}`);
  }
  const builder = blocks.of(kind, columns.timesMs.length);
  for (let index = 0; index < columns.timesMs.length; index++) {
    builder.add(
      toNumber(columns.timesMs[index]),
      toNumber(columns.x[index]) * unit.scale,
      toNumber(columns.y[index]) * unit.scale,
      toNumber(columns.z[index]) * unit.scale,
    );
  }
  return columns.timesMs.length;
}

function unitOf(named: SensorKind, unit: unknown): Unit | undefined {
  const units = Object.entries(UNITS[named]);
  if (unit === undefined) return units[0]?.[1];
  return units.find(([name]) => name === unit)?.[1];
}

type Column = readonly unknown[] | Float64Array;

interface Columns {
  readonly timesMs: Column;
  readonly x: Column;
  readonly y: Column;
  readonly z: Column;
}

function isColumn(value: unknown): value is Column {
  return Array.isArray(value) || value instanceof Float64Array;
}

function columnsOf(named: SensorKind, value: JsonRecord): Columns | undefined {
  const { timeMs: timesMs, x } = value;
  // Air pressure has one axis.
  const other = named === 'barometer' && isColumn(x) ? new Float64Array(x.length) : undefined;
  const { y = other, z = other } = value;
  if (!(isColumn(timesMs) && isColumn(x) && isColumn(y) && isColumn(z))) return undefined;
  const isEven = [x, y, z].every((column) => column.length === timesMs.length);
  return isEven ? { timesMs, x, y, z } : undefined;
}
