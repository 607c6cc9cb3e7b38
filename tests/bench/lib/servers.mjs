// The servers around a gateway: mosquitto, influxd, and a subscriber that notes when influxd takes a point.
import { accessSync, constants, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start, untilOutput } from './processes.mjs';

const DATABASE = 'bench';

/** A TCP port of the loopback interface that nothing listens on at the moment. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Epoch milliseconds with fractions. */
export function nowMs() {
  return performance.timeOrigin + performance.now();
}

function programPath(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const path = folders
    .map((folder) => join(folder, name))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (path === undefined) throw new Error(`${name} is not installed; run "npm run setup"`);
  return path;
}

/** Starts mosquitto without limits on its queues, so that it drops nothing. */
export async function startBroker(folder) {
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    `user ${userInfo().username}`,
    'max_queued_messages 0',
    'max_inflight_messages 0',
    'set_tcp_nodelay true',
    'log_dest stderr',
    ...['error', 'warning', 'subscribe', 'information'].map((type) => `log_type ${type}`),
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const broker = start([programPath('mosquitto'), '-c', config]);
  await untilOutput(broker, /running/, 10_000, 'mosquitto');
  return Object.assign(broker, { port, url: `mqtt://127.0.0.1:${port}` });
}

/**
 * Starts influxd with an empty database.
 *
 * @param {number} subscriberPort where it sends each point as it takes it
 */
export async function startInflux(folder, subscriberPort) {
  const [port, rpcPort] = [await freePort(), await freePort()];
  const data = mkdtempSync(join(folder, 'influx-'));
  const config = join(data, 'influxdb.conf');
  writeFileSync(config, influxConfig(data, port, rpcPort));
  const influx = start([programPath('influxd'), 'run', '-config', config]);
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + 20_000;
  while (!(await answersPing(url))) {
    if (influx.isOver || performance.now() > deadlineMs) {
      throw new Error(`influxd did not start:\n${influx.output.slice(-2000)}`);
    }
    await sleep(100);
  }
  const query = async (statement) => {
    const parameters = new URLSearchParams({ q: statement, db: DATABASE, epoch: 'ms' });
    const response = await fetch(`${url}/query?${parameters}`, { method: 'POST' });
    const answer = await response.json();
    const error = answer.error ?? answer.results?.[0]?.error;
    if (error !== undefined) throw new Error(`${statement}: ${error}`);
    return answer.results[0].series ?? [];
  };
  await query(`CREATE DATABASE ${DATABASE}`);
  const destination = `http://127.0.0.1:${subscriberPort}`;
  await query(`CREATE SUBSCRIPTION arrivals ON ${DATABASE}.autogen DESTINATIONS ALL '${destination}'`);
  return Object.assign(influx, { port, url, database: DATABASE, query });
}

function influxConfig(folder, port, rpcPort) {
  return [
    'reporting-disabled = true',
    `bind-address = "127.0.0.1:${rpcPort}"`,
    `[meta]\ndir = "${folder}/meta"\nlogging-enabled = false`,
    `[data]\ndir = "${folder}/data"\nwal-dir = "${folder}/wal"\nquery-log-enabled = false`,
    '[monitor]\nstore-enabled = false',
    `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false`,
    '[subscriber]\nwrite-concurrency = 2\nwrite-buffer-size = 100000',
    '[logging]\nlevel = "warn"',
    '[continuous_queries]\nenabled = false',
    '',
  ].join('\n');
}

async function answersPing(url) {
  return await fetch(`${url}/ping`).then(
    (response) => response.ok,
    () => false,
  );
}

/**
 * Receives every point that influxd takes.
 *
 * @param {string} measurement
 * @param {(timeMs: number) => number} windowAt number of the window that a point of this time is of
 */
export async function startSubscriber(measurement, windowAt) {
  /** Epoch milliseconds of the first arrival of each `device/window`. @type {Map<string, number>} */
  const arrivals = new Map();
  const pattern = new RegExp(`^${measurement},(?:.*,)?device=([^, ]+).* (\\d+)$`);
  const server = createServer((request, response) => {
    const parts = [];
    const arrivedMs = nowMs();
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      for (const line of Buffer.concat(parts).toString().split('\n')) {
        const [, device, timeNs] = pattern.exec(line) ?? [];
        if (device === undefined) continue;
        const key = `${device}/${windowAt(Number(timeNs) / 1e6)}`;
        if (!arrivals.has(key)) arrivals.set(key, arrivedMs);
      }
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { arrivals, port: server.address().port, close };
}
