// What a cluster costs beside a single gateway: processor time of gateways, NATS servers and InfluxDB, a message and a minute of a
// phone, with the same messages, which were made before, and of a core without phones. Phones send at the doors of all gateways.
//   npm run bench -- cluster [--phones 60] [--seconds 30] [--gateways 1,2] [--servers 3] [--partitions 12] [--json] [--markdown]
// One after the other: a gateway by itself with the same InfluxDB, and clusters of so many gateways. Costs are from /proc: Linux only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectAsync } from 'mqtt';
import { findNatsServer } from '../../scripts/nats-server.mjs';
import { Phones } from './lib/phones.mjs';
import { costOf, start, stop, untilOutput } from './lib/processes.mjs';
import { freePort, startInflux } from './lib/servers.mjs';

const { values: flags } = parseArgs({
  options: {
    phones: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '30' },
    gateways: { type: 'string', default: '1,2' },
    servers: { type: 'string', default: '3' },
    partitions: { type: 'string', default: '12' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});
const [phones, seconds, servers] = [flags.phones, flags.seconds, flags.servers].map(Number);
const MAIN = join(import.meta.dirname, '../../dist/main.js');
const SHAPE = { samplingRateHz: 50, sizeSamples: 128, strideSamples: 64, sensors: [], hasGravity: true };
/** From readiness to when a gateway does only what it does all the time, and how long that is measured, milliseconds. */
const SETTLE_MS = 5000;
const IDLE_MS = 10_000;
/** Time to make messages and to connect, milliseconds. */
const CONNECT_MS = 10_000;
/** Longest wait for results after the last message. */
const STORED_WITHIN_MS = 60_000;
/** What each partition must be able to hold. */
const PARTITION_BYTES = 60_000_000;

const folder = mkdtempSync(join(tmpdir(), 'alongside-cluster-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function startNats(own) {
  const program = findNatsServer();
  if (program === undefined) throw new Error('nats-server is not installed; run "npm run setup"');
  const ports = [];
  for (let server = 0; server < servers; server += 1)
    ports.push({ client: await freePort(), routes: await freePort() });
  const routes = ports.map((port) => `"nats://127.0.0.1:${port.routes}"`).join(', ');
  const started = ports.map((port, server) => {
    const file = join(own, `nats-${server}.conf`);
    const lines = [
      `server_name: "server-${server}"`,
      `listen: "127.0.0.1:${port.client}"`,
      'max_payload: 12MB',
      `jetstream { store_dir: "${join(own, `nats-${server}`)}", max_file_store: 8GB, max_memory_store: 256MB }`,
      ...(servers === 1
        ? []
        : [`cluster { name: "bench", listen: "127.0.0.1:${port.routes}", routes: [${routes}] }`]),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    return start([program, '-c', file]);
  });
  for (const nats of started) await untilOutput(nats, /Server is ready/, 20_000, 'NATS');
  return { started, urls: ports.map(({ client }) => `nats://127.0.0.1:${client}`) };
}

async function startGateway(own, name, settings) {
  const all = [
    ...[
      'http.port=0',
      'mqtt.port=0',
      'logLevel=error',
      'models.active=[accompany-demo]',
      'store.type=influxdb',
    ],
    ...[`dataDir=${join(own, name)}`, ...settings],
  ];
  const gateway = start([process.execPath, MAIN, 'start', '--json', ...all.flatMap((one) => ['--set', one])]);
  await untilOutput(gateway, /"ready":true/, 120_000, `readiness of ${name}`);
  return { ...gateway, gateway, ...JSON.parse(/^\{"ready":.*$/m.exec(gateway.output)[0]) };
}

/** Messages of all phones, made before the time at which they are sent. */
function render() {
  const startMs = Date.now() + CONNECT_MS;
  const made = new Phones({ phones, startMs, shape: SHAPE });
  const messages = made.devices.map((_, phone) =>
    Array.from({ length: seconds }, (_, number) => Buffer.from(made.message(phone, number))),
  );
  return { startMs, devices: made.devices, messages };
}

async function connectAll(devices, doors) {
  return await Promise.all(
    devices.map((device, phone) => connectAsync(doors[phone % doors.length], { clientId: device })),
  );
}

async function send({ startMs, devices, messages }, clients) {
  for (let number = 0; number < seconds; number += 1) {
    await sleep(Math.max(0, startMs + (number + 1) * 1000 - Date.now()));
    for (const [phone, device] of devices.entries())
      void clients[phone].publishAsync(`sensor-logger/${device}`, messages[phone][number], { qos: 1 });
  }
  await Promise.all(clients.map((client) => client.endAsync()));
}

async function ledgerOf(gateways) {
  const ledgers = await Promise.all(
    gateways.map(async ({ http }) => await (await fetch(`${http}/v1/ledger`)).json()),
  );
  const sum = (pick) => ledgers.reduce((total, ledger) => total + pick(ledger), 0);
  return {
    messages: sum(({ messages }) => messages.accepted),
    due: sum(({ windows }) => windows.due),
    stored: sum(({ windows }) => windows.stored),
    pending: sum(({ windows }) => windows.pending),
  };
}

async function untilStored(gateways) {
  const deadlineMs = performance.now() + STORED_WITHIN_MS;
  for (;;) {
    const ledger = await ledgerOf(gateways);
    const isDone = ledger.messages >= phones * seconds && ledger.pending === 0;
    if (isDone || performance.now() > deadlineMs) return ledger;
    await sleep(250);
  }
}

/** @param {number} count gateways that share the phones; 0: one by itself */
async function measure(count) {
  const own = join(folder, `run-${count}`);
  mkdirSync(own);
  const started = [];
  try {
    const influx = await startInflux(own, await freePort());
    started.push(influx);
    const nats = count === 0 ? { started: [], urls: [] } : await startNats(own);
    started.push(...nats.started);
    const shared = [
      `store.influxdb.url=${influx.url}`,
      ...(count === 0
        ? []
        : [
            `cluster.servers=${JSON.stringify(nats.urls)}`,
            `cluster.replicas=${servers}`,
            `cluster.partitions=${flags.partitions}`,
            `cluster.logBytes=${Number(flags.partitions) * PARTITION_BYTES}`,
          ]),
    ];
    const gateways = [];
    for (let number = 0; number < Math.max(1, count); number += 1) {
      gateways.push(
        await startGateway(own, `gateway-${number}`, [...shared, `cluster.gateway=gateway-${number}`]),
      );
      started.push(gateways.at(-1).gateway);
    }
    await sleep(SETTLE_MS);
    const costs = () => ({
      gateways: sumOf(gateways.map(({ gateway }) => costOf(gateway.pid).cpu)),
      nats: sumOf(nats.started.map(({ pid }) => costOf(pid).cpu)),
      influxd: costOf(influx.pid).cpu,
    });
    const idle = costs();
    await sleep(IDLE_MS);
    const quiet = costs();
    const load = render();
    const clients = await connectAll(
      load.devices,
      gateways.map(({ mqtt }) => mqtt),
    );
    await sleep(Math.max(0, load.startMs - Date.now()));
    const before = costs();
    await send(load, clients);
    const ledger = await untilStored(gateways);
    const after = costs();
    return figuresOf(count, ledger, { idle, quiet, before, after });
  } finally {
    for (const one of started.reverse()) await stop(one);
  }
}

const sumOf = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

function figuresOf(count, ledger, { idle, quiet, before, after }) {
  const cost = (part) => {
    const spentSeconds = after[part] - before[part];
    return {
      percentOfCoreWithoutPhones: Number(((100_000 * (quiet[part] - idle[part])) / IDLE_MS).toFixed(1)),
      cpuMsPerMessage: Number(((1000 * spentSeconds) / (phones * seconds)).toFixed(2)),
      cpuSecondsPerPhoneMinute: Number(((60 * spentSeconds) / (phones * seconds)).toFixed(3)),
    };
  };
  const system =
    count === 0 ? 'one gateway by itself' : `cluster of ${count} gateway${count === 1 ? '' : 's'}`;
  return { system, gateways: cost('gateways'), nats: cost('nats'), influxd: cost('influxd'), ledger };
}

const loadBefore = loadavg()[0];
const results = [];
for (const count of [0, ...flags.gateways.split(',').map(Number)]) {
  results.push(await measure(count));
  console.error(JSON.stringify(results.at(-1)));
}
console.log(
  `${phones} phones for ${seconds} s, a message a second; ${servers} NATS servers, ${flags.partitions} partitions; load before ${loadBefore.toFixed(1)}.`,
);
const wordsOf = ({ cpuMsPerMessage, cpuSecondsPerPhoneMinute, percentOfCoreWithoutPhones }) =>
  `${cpuMsPerMessage} ms, ${cpuSecondsPerPhoneMinute} s; ${percentOfCoreWithoutPhones} %`;
const row = (cells) => (flags.markdown ? `| ${cells.join(' | ')} |` : cells.join('   '));
console.log(
  row([
    'system',
    'gateways: a message, a phone-minute; without phones',
    'NATS',
    'InfluxDB',
    'windows stored of due',
  ]),
);
if (flags.markdown) console.log('|---|---|---|---|---|');
for (const { system, gateways, nats, influxd, ledger } of results)
  console.log(
    row([system, wordsOf(gateways), wordsOf(nats), wordsOf(influxd), `${ledger.stored} of ${ledger.due}`]),
  );
if (flags.json)
  console.log(JSON.stringify({ benchmark: 'cluster', phones, seconds, servers, loadBefore, results }));
process.exit(0);
