import type { SensorKind } from '../domain/sensor.js';
import type { PhyphoxColumns } from '../ingest/decode/settings.js';

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

/** Endings of a sensor's own time column, then names of one that all sensors share. */
const TIME_ENDINGS = ['time', 't'];
const SHARED_TIMES = ['t', 'time', 'timestamp'];

/**
 * Finds the sensors whose four columns are among the keys of a message. Case and `_ - .` and blanks do not matter:
 * `accX`, `acc_x` and `Acc X` are the same; the time is `acc_time`, `accT` or, for all sensors, `t`.
 */
export function recogniseColumns(keys: readonly string[]): PhyphoxColumns[] {
  const keyOf = new Map(keys.map((key) => [key.toLowerCase().replace(/[_\-. ]/g, ''), key]));
  return PREFIXES.flatMap(([sensor, prefixes]) => {
    const found = prefixes.map((prefix) => columnsOf(sensor, prefix, keyOf)).find((it) => it !== undefined);
    return found === undefined ? [] : [found];
  });
}

function columnsOf(
  sensor: SensorKind,
  prefix: string,
  keyOf: ReadonlyMap<string, string>,
): PhyphoxColumns | undefined {
  const times = [...TIME_ENDINGS.map((ending) => prefix + ending), ...SHARED_TIMES];
  const time = times.map((name) => keyOf.get(name)).find((key) => key !== undefined);
  const [x, y, z] = ['x', 'y', 'z'].map((axis) => keyOf.get(prefix + axis));
  if (time === undefined || x === undefined || y === undefined || z === undefined) return undefined;
  return { sensor, time, x, y, z };
}
