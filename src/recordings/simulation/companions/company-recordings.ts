import type { RecordedSensor, Recording, RecordingLabel } from '../../../domain/recording.js';
import { AXIS_COUNT } from '../../../domain/samples.js';
import { createHashRandom, type HashRandom, hash32 } from '../random.js';
import { type Companion, createCompanion, type Reading, readPhone } from './companion.js';
import { type Leg, Route, type RouteActivity } from './route.js';

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

/** A person's part of a day, seconds since its beginning: with whom, and on which route. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly route: Route;
  /** Numbers of the others on the same route. */
  readonly with: readonly number[];
}

export interface CompanyPlanOptions {
  readonly people: number;
  readonly seconds: number;
  readonly seed: number;
}

/** How long people stay together, seconds. */
const SHORTEST_PHASE = 300;
const LONGEST_PHASE = 700;
const LARGEST_GROUP = 3;
/** Phases in which everybody keeps the same hours, wherever they are: all walk at once, all ride at once. */
const COMMON_SCHEDULE_SHARE = 0.5;
/** Groups of which one leaves for a minute or so. */
const LEAVING_SHARE = 0.35;
const SHORTEST_LEG = 25;
const LONGEST_LEG = 120;
const ACTIVITIES: readonly RouteActivity[] = ['walking', 'walking', 'standing', 'sitting', 'riding'];

/** Who is with whom and when: for each person the parts of their day, in order and without gaps. */
function planCompany({ people, seconds, seed }: CompanyPlanOptions): Part[][] {
  const random = createHashRandom(hash32(seed, 0xdada));
  const days: Part[][] = Array.from({ length: people }, () => []);
  let from = 0;
  for (let phase = 0; from < seconds; phase++) {
    const to = Math.min(seconds, from + random.between(SHORTEST_PHASE, LONGEST_PHASE));
    const phaseSeed = hash32(seed, phase);
    const isCommon = random.next() < COMMON_SCHEDULE_SHARE;
    for (const [number, group] of groupsOf(people, random).entries()) {
      const legs = planLegs(hash32(phaseSeed, isCommon ? 0 : 1 + number), from, to);
      const leaver = group.length > 1 && random.next() < LEAVING_SHARE ? group[0] : undefined;
      const leavesAt = from + (to - from) * random.between(0.35, 0.5);
      const parts = (members: readonly number[], routeSeed: number): void => {
        const route = new Route(routeSeed, legs);
        for (const member of members)
          days[member]?.push({ from, to, route, with: members.filter((other) => other !== member) });
      };
      parts(group, hash32(phaseSeed, 1000 + number));
      if (leaver !== undefined) {
        const away = new Route(hash32(phaseSeed, 2000 + number), legs);
        takeAway(days, group, leaver, away, leavesAt, leavesAt + random.between(60, 100));
      }
    }
    from = to;
  }
  return days;
}

/** Takes one out of the last part of their group for a while; without two others nobody is with anybody meanwhile. */
function takeAway(
  days: Part[][],
  group: readonly number[],
  leaver: number,
  away: Route,
  from: number,
  to: number,
): void {
  for (const member of group) {
    const whole = days[member]?.pop();
    if (whole === undefined) continue;
    const others = whole.with.filter((other) => other !== leaver);
    const during =
      member === leaver ? { from, to, route: away, with: [] } : { ...whole, from, to, with: others };
    days[member]?.push({ ...whole, to: from }, during, { ...whole, from: to });
  }
}

function groupsOf(people: number, random: HashRandom): number[][] {
  const order = Array.from({ length: people }, (_, number) => ({ number, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ number }) => number);
  const groups: number[][] = [];
  while (order.length > 0) groups.push(order.splice(0, 1 + Math.floor(random.next() * LARGEST_GROUP)));
  return groups;
}

function planLegs(seed: number, from: number, to: number): Leg[] {
  const random = createHashRandom(seed);
  const legs: Leg[] = [];
  let begin = from;
  while (begin < to) {
    const end = Math.min(to, begin + random.between(SHORTEST_LEG, LONGEST_LEG));
    const activity = ACTIVITIES[Math.floor(random.next() * ACTIVITIES.length)] ?? 'walking';
    legs.push({ from: begin, to: end, activity });
    begin = end;
  }
  return legs;
}
