import { PASCALS_PER_HECTOPASCAL, type SensorKind } from '../../domain/samples.js';
import { BlockSet } from './block-builder.js';
import { IgnoredSensors, isRecord, type JsonRecord, MS_PER_SECOND, parseRecord, toNumber } from './json.js';
import { type AddressedMessage, accept, type DecodeOutcome, reject, sensorMessage } from './outcome.js';
import type { DecodeSettings, PhyphoxColumns } from './settings.js';

/**
 * What experiments call their sensors. phyphox's own experiments use `accX` both with and without gravity, which only
 * explicit columns in the settings can tell apart; here it means with.
 */
const PREFIXES: readonly (readonly [SensorKind, readonly string[]])[] = [
  ['accelerometer', ['acc', 'accel', 'accelerometer', 'acceleration']],
  ['linear-acceleration', ['lin', 'linacc', 'linearacc', 'linearacceleration', 'linaccel']],
  ['gravity', ['grav', 'gravity', 'gra']],
  ['gyroscope', ['gyr', 'gyro', 'gyroscope']],
  ['magnetometer', ['mag', 'magnetometer', 'magneticfield', 'magfield']],
];

/** What experiments call air pressure, which they send in hPa, and how the name of its time begins. */
const PRESSURES = ['pressure', 'press', 'p', 'baro', 'barometer'];

/** Endings of a sensor's own time column, then names of one that all sensors share. */
const TIME_ENDINGS = ['time', 't'];
const SHARED_TIMES = ['t', 'time', 'timestamp'];

/**
 * Finds the sensors whose four columns are among the keys of a message. Case and `_ - .` and blanks do not matter:
 * `accX`, `acc_x` and `Acc X` are the same; the time is `acc_time`, `accT` or, for all sensors, `t`.
 */
export function recogniseColumns(keys: readonly string[]): PhyphoxColumns[] {
  const keyOf = new Map(keys.map((key) => [key.toLowerCase().replace(/[_\-. ]/g, ''), key]));
  const motion = PREFIXES.map(([sensor, prefixes]) =>
    prefixes.map((prefix) => columnsOf(sensor, prefix, keyOf)).find((it) => it !== undefined),
  );
  return [...motion, pressureColumns(keyOf)].filter((columns) => columns !== undefined);
}

function columnsOf(
  sensor: SensorKind,
  prefix: string,
  keyOf: ReadonlyMap<string, string>,
): PhyphoxColumns | undefined {
  const time = timeOf([prefix], keyOf);
  const [x, y, z] = ['x', 'y', 'z'].map((axis) => keyOf.get(prefix + axis));
  if (time === undefined || x === undefined || y === undefined || z === undefined) return undefined;
  return { sensor, time, x, y, z };
}

function pressureColumns(keyOf: ReadonlyMap<string, string>): PhyphoxColumns | undefined {
  const x = firstOf(PRESSURES, keyOf);
  const time = timeOf(PRESSURES, keyOf);
  return x === undefined || time === undefined ? undefined : { sensor: 'barometer', time, x };
}

function timeOf(prefixes: readonly string[], keyOf: ReadonlyMap<string, string>): string | undefined {
  const own = prefixes.flatMap((prefix) => TIME_ENDINGS.map((ending) => prefix + ending));
  return firstOf([...own, ...SHARED_TIMES], keyOf);
}

function firstOf(names: readonly string[], keyOf: ReadonlyMap<string, string>): string | undefined {
  return names.map((name) => keyOf.get(name)).find((key) => key !== undefined);
}

/**
 * Decodes phyphox's `mqtt/json` network connection, whose keys are those of the experiment:
 *
 * ```json
 * {"accX": [0.1, 0.2], "accY": [0, 0], "accZ": [9.8, 9.8], "acc_time": [12.01, 12.02],
 *  "time": {"now": 1698501144.4, "events": [{"event": "START", "experimentTime": 0, "systemTime": 1698501100.1}]}}
 * ```
 *
 * Times are seconds since the start of the experiment; the last START event, where the experiment sends its time, says
 * which epoch time that is. Columns may be scalars, hold `null` for NaN, and differ in length: the shortest of a sensor
 * counts, and what is beyond it is invalid. Air pressure is in hPa and has a time of its own or the shared one. phyphox gives SI units in Android's convention on iPhones too (its iOS source
 * multiplies accelerations by -9.81).
 *
 * Source: phyphox's MqttHelper.java; field notes 3.3.
 */
export function decodePhyphox(raw: AddressedMessage, settings: DecodeSettings): DecodeOutcome {
  const parsed = parseRecord(raw.payload);
  if (!parsed.ok) return parsed;
  const { value: record } = parsed;
  const keys = Object.keys(record).filter((key) => !isRecord(record[key]));
  const found = settings.phyphoxColumns ?? recogniseColumns(keys);
  const sensors = found.filter(({ sensor }) => sensor !== 'barometer' || settings.isPressureUsed === true);
  const content = { blocks: new BlockSet(), used: new Set<string>(), surplus: 0 };
  for (const columns of sensors) addSensor(record, columns, content);
  const ignored = new IgnoredSensors();
  let clockZeroMs: number | undefined;
  for (const [key, value] of Object.entries(record)) {
    if (content.used.has(key)) continue;
    if (isTimeItem(value)) clockZeroMs = startOf(value['events']);
    else ignored.note(key, listOf(value).length);
  }
  if (content.used.size === 0) {
    return reject('wrong-shape', 'no columns x, y, z and time of a sensor; name them in the settings');
  }
  return accept(raw.device, {
    message: sensorMessage(raw, 'experiment', { clockZeroMs, blocks: content.blocks.build(scaleOf) }),
    ignored: ignored.counts,
    invalidSamples: content.blocks.invalid + content.surplus,
  });
}

interface Content {
  readonly blocks: BlockSet;
  readonly used: Set<string>;
  surplus: number;
}

function addSensor(record: JsonRecord, columns: PhyphoxColumns, content: Content): void {
  const axes = [columns.x, columns.y, columns.z].filter((key) => key !== undefined);
  const keys = [columns.time, ...axes];
  if (!keys.every((key) => Object.hasOwn(record, key))) return;
  for (const key of keys) content.used.add(key);
  const lists = keys.map((key) => listOf(record[key]));
  const [times = [], x = [], y, z] = lists;
  const lengths = lists.map((list) => list.length);
  const length = Math.min(...lengths);
  content.surplus += Math.max(...lengths) - length;
  const builder = content.blocks.of(columns.sensor, length);
  for (let index = 0; index < length; index++) {
    const timeMs = toNumber(times[index]) * MS_PER_SECOND;
    builder.add(timeMs, toNumber(x[index]), valueAt(y, index), valueAt(z, index));
  }
}

/** The barometer has one axis, and nothing on the others. */
function valueAt(axis: readonly unknown[] | undefined, index: number): number {
  return axis === undefined ? 0 : toNumber(axis[index]);
}

function scaleOf(sensor: SensorKind): number {
  return sensor === 'barometer' ? PASCALS_PER_HECTOPASCAL : 1;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** The item of type "time", under whatever key. */
function isTimeItem(value: unknown): value is JsonRecord {
  return isRecord(value) && Array.isArray(value['events']);
}

/** Epoch milliseconds of experiment time 0 by the last START event. */
function startOf(events: unknown): number | undefined {
  const starts = (Array.isArray(events) ? events : []).filter(isStart);
  const last = starts.at(-1);
  if (last === undefined) return undefined;
  const zeroMs = (toNumber(last['systemTime']) - toNumber(last['experimentTime'])) * MS_PER_SECOND;
  return Number.isFinite(zeroMs) ? zeroMs : undefined;
}

function isStart(event: unknown): event is JsonRecord {
  return isRecord(event) && event['event'] === 'START';
}
