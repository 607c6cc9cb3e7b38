import { writeCbor } from '../../shared/cbor.js';

/** Sensors that the page reads, by the names and units of the gateway's own format. */
export const SENSOR_UNITS = {
  accelerometer: 'm/s2',
  gyroscope: 'rad/s',
  magnetometer: 'uT',
} as const;
export type SensorName = keyof typeof SENSOR_UNITS;
export const SENSOR_NAMES: readonly SensorName[] = ['accelerometer', 'gyroscope', 'magnetometer'];

interface Columns {
  readonly unit: string;
  readonly timeMs: number[];
  readonly x: number[];
  readonly y: number[];
  readonly z: number[];
}

/** The `sensors` of a message: one column an axis, times in epoch milliseconds. */
export type SensorColumns = Readonly<Partial<Record<SensorName, Columns>>>;

/** More digits are noise, and bytes. */
const VALUE_DECIMALS = 4;
const TIME_DECIMALS = 1;
/** A page that is not given time to send must not collect without end. */
const MOST_SAMPLES = 5000;

/** Collects samples until they are sent together. Accelerations hold gravity; axes and signs are Android's. */
export class SampleColumns {
  #columns: Partial<Record<SensorName, Columns>> = {};
  #samples = 0;
  #dropped = 0;

  /** Samples of all sensors. */
  get samples(): number {
    return this.#samples;
  }

  /** Samples for which there was no room, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(sensor: SensorName, timeMs: number, [x, y, z]: readonly [number, number, number]): void {
    if (this.#samples >= MOST_SAMPLES) {
      this.#dropped += 1;
      return;
    }
    const columns = this.#columns[sensor] ?? { unit: SENSOR_UNITS[sensor], timeMs: [], x: [], y: [], z: [] };
    this.#columns[sensor] = columns;
    columns.timeMs.push(round(timeMs, TIME_DECIMALS));
    columns.x.push(round(x, VALUE_DECIMALS));
    columns.y.push(round(y, VALUE_DECIMALS));
    columns.z.push(round(z, VALUE_DECIMALS));
    this.#samples += 1;
  }

  /** Hands over what was collected; `undefined` when that is nothing. */
  take(): SensorColumns | undefined {
    if (this.#samples === 0) return undefined;
    const taken = this.#columns;
    this.#columns = {};
    this.#samples = 0;
    return taken;
  }
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}

/** The payload of `alongside/<device>/sensors`, in CBOR: half the bytes of JSON. */
export function sensorPayload(session: string, sequence: number, sensors: SensorColumns): Uint8Array {
  const columns = Object.entries(sensors).map(([sensor, { unit, timeMs, x, y, z }]) => {
    return [
      sensor,
      {
        unit,
        timeMs: Float64Array.from(timeMs),
        x: Float32Array.from(x),
        y: Float32Array.from(y),
        z: Float32Array.from(z),
      },
    ] as const;
  });
  return writeCbor({ session, sequence, sensors: Object.fromEntries(columns) });
}
