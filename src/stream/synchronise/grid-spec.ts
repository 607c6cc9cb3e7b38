import { AXES, SENSOR_KINDS, type SensorKind } from '../../domain/samples.js';

/** What the synchroniser must know of a model: which sensors it wants, on which grid. */
export interface GridSpec {
  readonly model: string;
  /** In the model's order, `<sensor>.<axis>`. */
  readonly channels: readonly string[];
  /** `preferred`: included where the device sends it, else removed. */
  readonly gravity: 'included' | 'removed' | 'any' | 'preferred';
  readonly accelerometerUnit: 'm/s2' | 'adc';
  readonly samplingRateHz: number;
  /** A hole longer than this ends the stretch: no window spans it. */
  readonly maxGapRows: number;
  /** Windows that will be cut from the grid. */
  readonly window: { readonly rows: number; readonly strideRows: number };
}

/** One way to get a sensor's values from what a device sends. */
export interface SensorSource {
  /** Values are the sum over these streams. */
  readonly streams: readonly SensorKind[];
  /** The values hold gravity that the model wants removed. */
  readonly isGravityToRemove: boolean;
}

/** A sensor of the model with its ways, best first, and where its axes go. */
export interface SensorPlan {
  readonly sensor: string;
  readonly sources: readonly SensorSource[];
  /** Column of the model's channels for each axis x, y, z; -1 where the model does not want the axis. */
  readonly columns: readonly number[];
}

/** Where rows lie in time: row `k` at `k * 1000 / samplingRateHz` epoch milliseconds. */
export class RowTimes {
  readonly #samplingRateHz: number;

  constructor(samplingRateHz: number) {
    this.#samplingRateHz = samplingRateHz;
  }

  timeMs(row: number): number {
    return (row * 1000) / this.#samplingRateHz;
  }

  atOrBefore(timeMs: number): number {
    const row = Math.floor((timeMs * this.#samplingRateHz) / 1000);
    return this.timeMs(row + 1) <= timeMs ? row + 1 : row;
  }

  atOrAfter(timeMs: number): number {
    const row = Math.ceil((timeMs * this.#samplingRateHz) / 1000);
    return this.timeMs(row - 1) >= timeMs ? row - 1 : row;
  }
}

const TOTAL = direct('accelerometer');
const LINEAR = direct('linear-acceleration');
const SUM: SensorSource = { streams: ['linear-acceleration', 'gravity'], isGravityToRemove: false };
const FILTERED: SensorSource = { streams: ['accelerometer'], isGravityToRemove: true };

/** How an accelerometer with or without gravity comes from the streams that phones send. */
const ACCELEROMETER_SOURCES: Readonly<Record<GridSpec['gravity'], readonly SensorSource[]>> = {
  included: [TOTAL, SUM],
  removed: [LINEAR, FILTERED],
  any: [TOTAL, LINEAR],
  preferred: [TOTAL, SUM, LINEAR],
};

/** Works out, once a model, which streams feed which columns. */
export function planSensors(spec: GridSpec): SensorPlan[] {
  const sensors = [...new Set(spec.channels.map((channel) => channel.split('.')[0] ?? ''))];
  return sensors.map((sensor) => ({
    sensor,
    sources: sourcesOf(sensor, spec),
    columns: AXES.map((axis) => spec.channels.indexOf(`${sensor}.${axis}`)),
  }));
}

function sourcesOf(sensor: string, spec: GridSpec): readonly SensorSource[] {
  if (sensor === 'accelerometer' && spec.accelerometerUnit === 'adc') return [direct('accelerometer-raw')];
  if (sensor === 'accelerometer') return ACCELEROMETER_SOURCES[spec.gravity];
  return SENSOR_KINDS.filter((kind) => kind === sensor).map(direct);
}

function direct(stream: SensorKind): SensorSource {
  return { streams: [stream], isGravityToRemove: false };
}
