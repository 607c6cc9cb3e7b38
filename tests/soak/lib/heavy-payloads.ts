import fc from 'fast-check';
import type { MessageFormat } from '../../../src/domain/message.js';

/** A message that is costly for its size, within the limits of a broker. */
export interface HeavyPayload {
  /** What is unusual about it. */
  readonly kind: string;
  readonly format: Extract<MessageFormat, 'alongside' | 'sensor-logger'>;
  readonly payload: Buffer;
}

export interface HeavyOptions {
  readonly seed: number;
  readonly count: number;
  /** Around this time the samples lie, epoch milliseconds. */
  readonly nowMs: number;
  /** No payload is longer. */
  readonly maxBytes: number;
}

/** Every kind comes once before any comes again; sizes, rates, sensors and formats differ by seed. */
export function heavyPayloads({ seed, count, nowMs, maxBytes }: HeavyOptions): HeavyPayload[] {
  const kinds = Object.entries({ ...TIMES, ...TEXTS });
  return fc.sample(variants, { seed, numRuns: count }).map((variant, index) => {
    const [kind] = kinds[index % kinds.length] ?? ['even'];
    const bytes = Math.floor(maxBytes * variant.share);
    const text = TEXTS[kind];
    if (text !== undefined) return { kind, format: 'alongside', payload: Buffer.from(text(bytes)) };
    return samplesOf(kind, TIMES[kind] ?? even, { ...variant, nowMs, bytes });
  });
}

interface Variant {
  readonly rateHz: number;
  readonly sensors: readonly string[];
  readonly format: HeavyPayload['format'];
  /** Of the largest message. */
  readonly share: number;
  /** Of every value. */
  readonly value: number;
}

interface Samples extends Variant {
  readonly nowMs: number;
  readonly bytes: number;
}

const variants: fc.Arbitrary<Variant> = fc.record({
  rateHz: fc.constantFrom(1, 25, 50, 100, 1000),
  sensors: fc.constantFrom(['accelerometer'], ['accelerometer', 'gyroscope', 'magnetometer']),
  format: fc.constantFrom('alongside', 'sensor-logger'),
  share: fc.constantFrom(0.1, 0.4, 0.97),
  value: fc.constantFrom(0, 1, -9.80665, 2 ** 53 - 1, 2 ** 53 + 2, 1e308),
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const JUMP_EVERY_SAMPLES = 500;

/** How long before now a sample was taken, milliseconds. */
type AgeMs = (index: number, stepMs: number, nowMs: number) => number;

const even: AgeMs = (index, stepMs) => -index * stepMs;

const TIMES: Readonly<Record<string, AgeMs>> = {
  even,
  'sparse, a sample a minute': (index) => -index * MINUTE_MS,
  'jumping by an hour': (index, stepMs) => -index * stepMs - Math.floor(index / JUMP_EVERY_SAMPLES) * HOUR_MS,
  reversed: (index, stepMs) => index * stepMs,
  'alternating between two ends': (index, stepMs) => (index % 2 === 0 ? index : 1e6 - index) * stepMs,
  'all at the same time': () => 0,
  'times near 2^53': (index, _stepMs, nowMs) => nowMs - (2 ** 53 - index),
};

/** Text of so many bytes at most. */
type TextOf = (bytes: number) => string;

const TEXTS: Readonly<Record<string, TextOf>> = {
  'very long arrays': (bytes) => {
    const column = `[${'0,'.repeat(Math.max(0, bytes / 8 - 20))}0]`;
    return `{"sensors":{"accelerometer":{"timeMs":${column},"x":${column},"y":${column},"z":${column}}}}`;
  },
  'deep JSON': (bytes) => {
    const depth = Math.floor(bytes / 2) - 20;
    return `{"sensors":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  },
  'deep objects': (bytes) => {
    const depth = Math.floor(bytes / 6) - 20;
    return `{"sensors":${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}}`;
  },
  'many unknown sensors': (bytes) => {
    const count = Math.floor(bytes / 13) - 20;
    const names = Array.from({ length: Math.max(1, count) }, (_, index) => `"s${index}":{}`);
    return `{"sensors":{${names.join(',')}}}`;
  },
};

/** As many samples as fit, by the length of one. */
function samplesOf(kind: string, ageMs: AgeMs, samples: Samples): HeavyPayload {
  const { format, rateHz, sensors, nowMs, bytes, value } = samples;
  const write = format === 'alongside' ? alongside : sensorLogger;
  const times = (count: number): number[] => {
    const oldestFirst = (index: number): number => count - 1 - index;
    return Array.from({ length: count }, (_, index) =>
      Math.round(nowMs + ageMs(oldestFirst(index), 1000 / rateHz, nowMs)),
    );
  };
  const probe = 1000;
  const bytesOfOne = write(times(probe), sensors, value).length / probe;
  const count = Math.max(1, Math.floor((bytes * 0.97) / bytesOfOne));
  return { kind, format, payload: Buffer.from(write(times(count), sensors, value)) };
}

function alongside(timesMs: readonly number[], sensors: readonly string[], value: number): string {
  const values = timesMs.map(() => value);
  const columns = { timeMs: timesMs, x: values, y: values, z: values };
  return JSON.stringify({ sensors: Object.fromEntries(sensors.map((sensor) => [sensor, columns])) });
}

function sensorLogger(timesMs: readonly number[], sensors: readonly string[], value: number): string {
  const values = { x: value, y: value, z: value };
  const payload = timesMs.flatMap((timeMs) => sensors.map((name) => ({ name, time: timeMs * 1e6, values })));
  return JSON.stringify({ messageId: 1, sessionId: 'heavy', deviceId: 'heavy', payload });
}
