// What company costs with growing numbers of devices: signatures given, candidates looked for, pairs compared.
import { CompanyEngine } from '../../../build/company/company-engine.js';
import { groupsOf } from '../../../build/company/groups.js';
import { hash32, normalAt, uniformAt } from '../../../build/recordings/simulation/random.js';

const COUNTS = [10, 30, 100, 300, 1000, 2000];
/** As the gateway does it: comparisons hold the event loop for so long, and one step more, milliseconds. */
const TURN_MS = 8;
/** Compared before it is measured, so that all pairs that are followed are known and the code is warm. */
const WARM_SECONDS = 90;
/** Of ten devices three go the same way. */
const GROUP_SHARE = 0.3;
const GROUP_SIZE = 3;
const SLOTS = 5;
const CORNER_SECONDS = 6;

/**
 * Everybody walks, which is the most work there is. Most go ways of their own, or, in the last line, all one.
 *
 * @param {number} seconds of event time that are measured @param {number[]} counts of devices
 */
export function* growth(model, seconds, counts = COUNTS) {
  for (const devices of counts) yield measure(model, seconds, devices, (number) => wayOf(number, devices));
  const crowd = Math.min(1000, Math.max(...counts));
  yield { ...measure(model, seconds, crowd, () => 0), devices: `${crowd} who all go one way` };
}

function measure(model, seconds, devices, way) {
  globalThis.gc?.();
  const usedBytes = memoryBytes();
  const engine = new CompanyEngine({ model, subjectOf: (device) => device });
  const turnsMs = [];
  const step = (second) => {
    const rows = Array.from({ length: devices }, (_, number) => rowOf(number, way(number), second));
    const beforeMs = processorMs();
    engine.take(rows);
    takeTurns(engine.advance(second * 1000), turnsMs);
    return processorMs() - beforeMs;
  };
  for (let second = 1; second <= WARM_SECONDS; second++) step(second);
  turnsMs.length = 0;
  const costsMs = Array.from({ length: seconds }, (_, index) => step(WARM_SECONDS + 1 + index));
  const { pairs } = engine.snapshot();
  const together = groupsOf(pairs.filter(({ state }) => state.status === 'together'));
  globalThis.gc?.();
  return {
    devices,
    pairs: (devices * (devices - 1)) / 2,
    followed: pairs.length,
    groups: together.length,
    largestGroup: Math.max(0, ...together.map((group) => group.length)),
    share: costsMs.reduce((sum, cost) => sum + cost, 0) / 1000 / seconds,
    largestMs: Math.max(...costsMs),
    longestTurnMs: Math.max(...turnsMs),
    megabytes: (memoryBytes() - usedBytes) / 1e6,
  };
}

/** Goes through a round as the gateway does, and notes the processor time of each turn. */
function takeTurns(round, turnsMs) {
  let isOver = false;
  while (!isOver) {
    const fromMs = processorMs();
    const untilMs = performance.now() + TURN_MS;
    do isOver = round.next().done;
    while (!isOver && performance.now() < untilMs);
    turnsMs.push(processorMs() - fromMs);
  }
}

function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function memoryBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function wayOf(number, devices) {
  return number < devices * GROUP_SHARE ? Math.floor(number / GROUP_SIZE) : number + devices;
}

/** Steps of one's own; the corners and the steel of a way. */
function rowOf(number, way, second) {
  const values = new Float32Array(16).fill(Number.NaN);
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = second * SLOTS + slot;
    values[slot] = Math.sin(at * 2.4 + number) + 0.2 * normalAt(hash32(number, 1), at);
    values[SLOTS + slot] = turnAt(way, at) + 0.1 * normalAt(number, at);
  }
  const field =
    45 + 3 * normalAt(hash32(way, 4), Math.floor(second / 2)) + 0.5 * normalAt(hash32(number, 4), second);
  values.set([0.8 + 0.1 * normalAt(hash32(number, 2), second), 1.8, 0.3, field, Number.NaN, 0.4], 10);
  return { device: `phone-${String(number).padStart(4, '0')}`, endMs: second * 1000, values };
}

/** A corner of two seconds in two of three stretches of six, each way at its own times. */
function turnAt(way, slot) {
  const begin = Math.floor(uniformAt(way, -1) * CORNER_SECONDS * SLOTS);
  const stretch = Math.floor((slot + begin) / (CORNER_SECONDS * SLOTS));
  const since = slot + begin - stretch * CORNER_SECONDS * SLOTS;
  if (uniformAt(way, stretch) < 0.33 || since >= 10) return 0;
  const sign = uniformAt(way, stretch + 1_000_000) < 0.5 ? -1 : 1;
  return sign * (1 - Math.cos((2 * Math.PI * since) / 10));
}
