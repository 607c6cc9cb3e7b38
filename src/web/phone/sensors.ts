import { SENSOR_NAMES, type SensorName } from './sample-columns.js';

/** What became of one sensor. */
export type SensorState = 'waiting' | 'streaming' | 'missing' | 'refused';

export interface SensorReader {
  /** @param monotonicMs on the page's clock */
  readonly onSample: (
    sensor: SensorName,
    monotonicMs: number,
    values: readonly [number, number, number],
  ) => void;
  readonly onState: (sensor: SensorName, state: SensorState) => void;
}

/** Browsers give at most 60. */
const FREQUENCY_HZ = 50;
/** A sensor that is there says something sooner. */
const PATIENCE_MS = 3000;
const RADIANS_PER_DEGREE = Math.PI / 180;

/** The Generic Sensor API (W3C), which TypeScript's library does not describe. */
interface GenericSensor extends EventTarget {
  readonly x?: number | null;
  readonly y?: number | null;
  readonly z?: number | null;
  readonly timestamp?: number | null;
  start(): void;
  stop(): void;
}
type GenericSensorClass = new (options: { readonly frequency: number }) => GenericSensor;

const GENERIC_CLASSES: Readonly<Record<SensorName, string>> = {
  accelerometer: 'Accelerometer',
  gyroscope: 'Gyroscope',
  magnetometer: 'Magnetometer',
};

/**
 * Asks for the right to read motion, where a browser wants that (Safari on iPhones). Must be called from a tap.
 *
 * @returns false when it was refused
 */
export async function askForMotion(): Promise<boolean> {
  const request = motionPermission();
  if (request === undefined) return true;
  return (await request().catch(() => 'denied')) === 'granted';
}

/** Reads every sensor there is, each in the best way the browser has, until what it returns is called. */
export function readSensors(reader: SensorReader): () => void {
  const heard = new Set<SensorName>();
  const hear: SensorReader = {
    onState: reader.onState,
    onSample: (sensor, monotonicMs, values) => {
      if (!heard.has(sensor)) reader.onState(sensor, 'streaming');
      heard.add(sensor);
      reader.onSample(sensor, monotonicMs, values);
    },
  };
  const settled = new Set<SensorName>();
  const stops = SENSOR_NAMES.map((sensor) => {
    reader.onState(sensor, 'waiting');
    return readGeneric(sensor, hear, (state) => {
      settled.add(sensor);
      if (sensor !== 'magnetometer' && state === 'missing') stops.push(readMotion(sensor, hear));
      else reader.onState(sensor, state);
    });
  });
  const timer = setTimeout(() => {
    for (const sensor of SENSOR_NAMES) {
      if (!heard.has(sensor) && !settled.has(sensor)) reader.onState(sensor, 'missing');
      else if (!heard.has(sensor) && sensor !== 'magnetometer') reader.onState(sensor, 'missing');
    }
  }, PATIENCE_MS);
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

/** Reads a sensor by the Generic Sensor API; tells at once or later when it cannot. */
function readGeneric(
  name: SensorName,
  { onSample }: SensorReader,
  onFailed: (state: 'missing' | 'refused') => void,
): () => void {
  const found: unknown = Reflect.get(globalThis, GENERIC_CLASSES[name]);
  if (typeof found !== 'function') {
    queueMicrotask(() => onFailed('missing'));
    return () => undefined;
  }
  try {
    const sensor = new (found as GenericSensorClass)({ frequency: FREQUENCY_HZ });
    sensor.addEventListener('reading', () => {
      const { x, y, z, timestamp } = sensor;
      if (isNumber(x) && isNumber(y) && isNumber(z))
        onSample(name, timestamp ?? performance.now(), [x, y, z]);
    });
    sensor.addEventListener('error', (event) => {
      const { error } = event as Event & { readonly error?: { readonly name?: string } };
      onFailed(error?.name === 'NotAllowedError' ? 'refused' : 'missing');
    });
    sensor.start();
    return () => sensor.stop();
  } catch {
    // A permissions policy forbids it.
    queueMicrotask(() => onFailed('refused'));
    return () => undefined;
  }
}

/** Reads a sensor from DeviceMotion events, which every phone's browser has. */
function readMotion(name: 'accelerometer' | 'gyroscope', { onSample }: SensorReader): () => void {
  // Safari on iPhones, which alone asks for permission, gives accelerations the opposite sign.
  const sign = motionPermission() === undefined ? 1 : -1;
  const listen = (event: DeviceMotionEvent): void => {
    const values = name === 'gyroscope' ? rotationOf(event) : accelerationOf(event, sign);
    if (values !== undefined) onSample(name, event.timeStamp, values);
  };
  addEventListener('devicemotion', listen);
  return () => removeEventListener('devicemotion', listen);
}

function accelerationOf(
  { accelerationIncludingGravity: vector }: DeviceMotionEvent,
  sign: 1 | -1,
): readonly [number, number, number] | undefined {
  if (!isNumber(vector?.x) || !isNumber(vector.y) || !isNumber(vector.z)) return undefined;
  return [sign * vector.x, sign * vector.y, sign * vector.z];
}

/** Engines give the rates about x, y, z as alpha, beta, gamma. */
function rotationOf({
  rotationRate: rate,
}: DeviceMotionEvent): readonly [number, number, number] | undefined {
  if (!isNumber(rate?.alpha) || !isNumber(rate.beta) || !isNumber(rate.gamma)) return undefined;
  return [rate.alpha * RADIANS_PER_DEGREE, rate.beta * RADIANS_PER_DEGREE, rate.gamma * RADIANS_PER_DEGREE];
}

function motionPermission(): (() => Promise<string>) | undefined {
  const motion: unknown = Reflect.get(globalThis, 'DeviceMotionEvent');
  if (typeof motion !== 'function' || !('requestPermission' in motion)) return undefined;
  const { requestPermission } = motion;
  return typeof requestPermission === 'function'
    ? () => requestPermission.call(motion) as Promise<string>
    : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
