// One run: a system, its servers and the load beside it, measured from outside.
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { costOf, foreignCpu, start, stop, untilOutput } from './processes.mjs';
import { nowMs, startBroker, startInflux, startSubscriber } from './servers.mjs';

/** Results count that are stored at most this long after the last message. */
const DRAIN_MS = 5000;
/** A run is disturbed when something else used more than this share of a core. */
const DISTURBANCE = 0.05;

/**
 * What is measured, and with which load.
 *
 * @typedef {object} Task
 * @property {readonly string[]} targets fields that hold the probabilities
 * @property {number} samplesPerMessage
 * @property {(timeMs: number) => number} windowAt number of the window a point of this time is of
 * @property {(options: {url: string, phones: number, seconds: number, expectFile: string}) => string[]} publishCommand
 * @property {(stored: Map<string, Record<string, number>>, report: any, phones: number) => Promise<any>} [verify]
 * @property {{parseCpuMsPerMessage: number, best: {cpuMsPerWindow: number}}} [floor]
 */

/** Runs a system once and gives its figures. */
export async function measure(system, task, { phones, seconds, folder }) {
  const own = mkdtempSync(join(folder, 'run-'));
  const started = [];
  const subscriber = await startSubscriber(system.measurement, task.windowAt);
  try {
    const broker = await startBroker(own);
    started.push(broker);
    const influx = await startInflux(own, subscriber.port);
    started.push(influx);
    const { command, options } = system.launch({ broker, influx, folder: own });
    const gateway = start(command, options);
    started.push(gateway);
    await untilOutput(gateway, system.ready, 60_000, `readiness of ${system.name}`);
    await untilOutput(broker, /sensor-logger\//, 20_000, `subscription of ${system.name}`);
    await sleep(1500);
    const parts = { gateway, influxd: influx, mosquitto: broker };
    const load = await underLoad(parts, task, { phones, seconds, own, subscriber });
    const stored = await storedWindows(influx, system.measurement, task);
    return {
      system: system.name,
      phones,
      seconds,
      ...figures(load, stored, subscriber.arrivals, task),
      ledger: await system.ledger?.(gateway),
      verified: await task.verify?.(stored, load.report, phones),
    };
  } finally {
    for (const one of started.reverse()) await stop(one);
    subscriber.close();
  }
}

async function underLoad(parts, task, { phones, seconds, own, subscriber }) {
  const before = costs(parts);
  const startedMs = nowMs();
  const expectFile = join(own, 'expected.tsv');
  const publisher = start(task.publishCommand({ url: parts.mosquitto.url, phones, seconds, expectFile }));
  if ((await publisher.exited) !== 0) throw new Error(`the load failed:\n${publisher.output}`);
  const report = JSON.parse(publisher.output.trim().split('\n').at(-1));
  const due = readDue(expectFile);
  const deadlineMs = report.endMs + DRAIN_MS;
  const isDone = () => [...due.expected.keys()].every((key) => subscriber.arrivals.has(key));
  while (!isDone() && nowMs() < deadlineMs && !parts.gateway.isOver) await sleep(50);
  const after = costs(parts);
  const wallSeconds = (nowMs() - startedMs) / 1000;
  return { before, after, report, due, wallSeconds, hasCrashed: parts.gateway.isOver };
}

function costs({ gateway, influxd, mosquitto }) {
  const { cpu, mainThreadCpu, peakRssMb } = costOf(gateway.pid);
  return {
    cpu: {
      gateway: cpu,
      gatewayMainThread: mainThreadCpu,
      influxd: costOf(influxd.pid).cpu,
      mosquitto: costOf(mosquitto.pid).cpu,
      foreign: foreignCpu(),
    },
    peakRssMb,
  };
}

/** Windows by `device/number`: those expected with the time of their completing message, and those of the last ones. */
function readDue(file) {
  const expected = new Map();
  const closing = new Set();
  for (const line of readFileSync(file, 'latin1').trim().split('\n')) {
    const [device, window, writtenMs, kind] = line.split('\t');
    if (kind === 'closing') closing.add(`${device}/${window}`);
    else expected.set(`${device}/${window}`, Number(writtenMs));
  }
  return { expected, closing };
}

async function storedWindows(influx, measurement, { targets, windowAt }) {
  const fields = targets.map((target) => `"${target}"`).join(', ');
  const stored = new Map();
  for (const { tags, values } of await influx.query(`SELECT ${fields} FROM ${measurement} GROUP BY device`)) {
    for (const [timeMs, ...numbers] of values) {
      const named = Object.fromEntries(targets.map((target, index) => [target, numbers[index]]));
      stored.set(`${tags.device}/${windowAt(timeMs)}`, named);
    }
  }
  return stored;
}

function figures(load, stored, arrivals, task) {
  const { before, after, report, due, wallSeconds } = load;
  const cpuSeconds = Object.fromEntries(
    Object.entries(after.cpu).map(([part, seconds]) => [part, round(seconds - before.cpu[part], 2)]),
  );
  const found = [...due.expected.keys()].filter((key) => stored.has(key)).length;
  const closing = [...due.closing].filter((key) => stored.has(key)).length;
  const floorSeconds =
    task.floor === undefined
      ? undefined
      : (report.messages * task.floor.parseCpuMsPerMessage + stored.size * task.floor.best.cpuMsPerWindow) /
        1000;
  return {
    due: due.expected.size,
    stored: found,
    // The last messages' windows, and those that a gateway makes without waiting for all sensors.
    further: { closing, others: stored.size - found - closing },
    messages: report.messages,
    samplesPerSecond: Math.round((report.messages * task.samplesPerMessage) / wallSeconds),
    windowsPerSecond: round(found / wallSeconds, 1),
    latencyMs: latencies(due.expected, arrivals),
    cpuSeconds: { ...cpuSeconds, publisher: round(report.cpuSeconds, 2) },
    cpuSecondsPerPhoneMinute: round(cpuSeconds.gateway / (report.messages / 60), 4),
    timesFloor: floorSeconds === undefined ? undefined : round(cpuSeconds.gateway / floorSeconds, 2),
    shareOfCore: round(cpuSeconds.gateway / wallSeconds, 3),
    peakRssMb: Math.round(after.peakRssMb),
    largestPublisherLagMs: report.maxLagMs,
    isDisturbed: cpuSeconds.foreign > DISTURBANCE * wallSeconds,
    hasCrashed: load.hasCrashed,
  };
}

/** From the writing of the message that completes a window to the moment influxd hands its point on. */
function latencies(expected, arrivals) {
  const sorted = [...expected]
    .filter(([key]) => arrivals.has(key))
    .map(([key, writtenMs]) => arrivals.get(key) - writtenMs)
    .sort((a, b) => a - b);
  const at = (share) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
