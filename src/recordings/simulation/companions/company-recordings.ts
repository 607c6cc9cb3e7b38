import type { RecordedSensor, Recording, RecordingLabel } from '../../../domain/recording.js';
import { AXIS_COUNT } from '../../../domain/samples.js';
import { hash32 } from '../random.js';
import { type Companion, createCompanion, type Reading, readPhone } from './companion.js';
import { type CompanyPlanOptions, type Part, planCompany } from './company-plan.js';

/** 2025-01-01, so that recordings are the same whenever they are made. */
const START_MS = 1_735_689_600_000;
const SENSORS = ['accelerometer', 'gyroscope', 'magnetometer'] as const;
const UNITS = { accelerometer: 'm/s2', gyroscope: 'rad/s', magnetometer: 'uT' } as const;

/**
 * Recordings of simulated people who walk, stand, ride and sit together and apart, each with a phone of their own: labels
 * say who was with whom. The clocks of the phones are off by up to a second, and people pass the same place up to three
 * seconds after one another.
 */
export function companyRecordings(options: CompanyPlanOptions): Recording[] {
  const nameOf = (number: number): string => `companion-${options.seed}-${number}`;
  return planCompany(options).map((parts, number) => {
    const companion = createCompanion(hash32(hash32(options.seed, 0xbeef), number));
    const name = nameOf(number);
    return {
      id: name,
      subject: name,
      device: name,
      startMs: START_MS,
      sensors: record(companion, parts, options.seconds),
      labels: parts.map((part) => labelOf(part, nameOf)),
    };
  });
}

function labelOf({ from, to, with: others }: Part, nameOf: (number: number) => string): RecordingLabel {
  return {
    fromMs: Math.round(from * 1000),
    toMs: Math.round(to * 1000),
    activity: null,
    accompanied: others.length > 0,
    conversation: null,
    with: others.map(nameOf),
  };
}

function record(companion: Companion, parts: readonly Part[], seconds: number): RecordedSensor[] {
  const { rateHz, clockAheadMs } = companion;
  const count = Math.floor(seconds * rateHz);
  const timesMs = Float64Array.from(
    { length: count },
    (_, sample) => (sample * 1000) / rateHz + clockAheadMs,
  );
  const values = SENSORS.map(() => new Float32Array(count * AXIS_COUNT));
  const reading: Reading = {
    accelerometer: new Float64Array(AXIS_COUNT),
    gyroscope: new Float64Array(AXIS_COUNT),
    magnetometer: new Float64Array(AXIS_COUNT),
  };
  let part = 0;
  for (let sample = 0; sample < count; sample++) {
    const s = sample / rateHz;
    while (s >= (parts[part]?.to ?? Number.POSITIVE_INFINITY)) part += 1;
    const route = parts[part]?.route;
    if (route === undefined) break;
    readPhone(companion, route, s, sample, reading);
    for (const [index, sensor] of SENSORS.entries()) values[index]?.set(reading[sensor], sample * AXIS_COUNT);
  }
  return SENSORS.map((sensor, index) => ({
    name: sensor,
    kind: sensor,
    unit: UNITS[sensor],
    gravity: sensor === 'accelerometer' ? true : undefined,
    nominalRateHz: rateHz,
    samples: { sensor, timesMs, values: values[index] ?? new Float32Array() },
  }));
}
