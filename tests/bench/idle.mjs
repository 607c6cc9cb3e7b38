// What a gateway costs that has nothing to do: phones have each sent a message, stay connected and send no more.
//   npm run bench -- idle [--phones 10] [--seconds 30] [--json]
//     [--against CHECKOUT]   another checkout of this project, built, to be measured at the same time
// Linux only: costs are from /proc.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connectAsync } from 'mqtt';
import { Phones } from './lib/phones.mjs';
import { costOf, start, stop, untilOutput } from './lib/processes.mjs';

const SETTLE_MS = 15_000;
const SHAPE = { samplingRateHz: 50, sizeSamples: 128, strideSamples: 64, sensors: [], hasGravity: true };

const { values: flags } = parseArgs({
  options: {
    phones: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '30' },
    against: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'alongside-idle-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Starts the gateway of a checkout and lets each phone send once. */
async function openQuiet(name, checkout, phones) {
  const settings = ['http.port=0', 'mqtt.port=0', 'logLevel=error', `dataDir=${join(folder, name)}`];
  const words = ['start', '--json', ...settings.flatMap((one) => ['--set', one])];
  const gateway = start([process.execPath, join(checkout, 'dist/main.js'), ...words]);
  await untilOutput(gateway, /"ready":true/, 60_000, `readiness of ${name}`);
  const { mqtt } = JSON.parse(/^\{"ready":.*$/m.exec(gateway.output)[0]);
  const sent = new Phones({ phones, startMs: Date.now(), shape: SHAPE });
  const clients = await Promise.all(
    sent.devices.map(async (device, phone) => {
      const client = await connectAsync(mqtt, { clientId: device });
      await client.publishAsync(`sensor-logger/${device}`, sent.message(phone, 0), { qos: 1 });
      return client;
    }),
  );
  return { name, gateway, clients };
}

const here = join(import.meta.dirname, '../..');
const checkouts = Object.entries({ alongside: here, ...(flags.against && { against: flags.against }) });
const opened = await Promise.all(
  checkouts.map(([name, path]) => openQuiet(name, path, Number(flags.phones))),
);
await sleep(SETTLE_MS);
const before = opened.map(({ gateway }) => costOf(gateway.pid));
await sleep(Number(flags.seconds) * 1000);
const figures = opened.map(({ name, gateway }, index) => {
  const { cpu, mainThreadCpu, peakRssMb } = costOf(gateway.pid);
  const share = (after, from) => Number(((100 * (after - from)) / Number(flags.seconds)).toFixed(2));
  return {
    name,
    percentOfCore: share(cpu, before[index].cpu),
    percentOfCoreInMainThread: share(mainThreadCpu, before[index].mainThreadCpu),
    peakRssMb: Math.round(peakRssMb),
  };
});
for (const { name, percentOfCore, percentOfCoreInMainThread, peakRssMb } of figures) {
  const parts = `${percentOfCoreInMainThread} % in the main thread, ${peakRssMb} MB`;
  console.log(`${name}, ${flags.phones} quiet phones: ${percentOfCore} % of a core, ${parts}`);
}
if (flags.json) console.log(JSON.stringify(figures));
for (const { gateway, clients } of opened) {
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await stop(gateway);
}
process.exit(0);
