// The gateway under load: phones through an external mosquitto, results into InfluxDB 1.x, all on this machine.
//   npm run bench -- stream [--phones 300[,1000 …]] [--seconds 60] [--json]
//     [--model NAME|FOLDER]       default: the peers' model where ../shared/peers is there; else models/accompany-demo or,
//                                 until it is there, the paper's network with random weights
//     [--peers python,node-red]   gateways to compare with; default: all whose software is there; none: --peers none
//     [--peers-folder FOLDER]     copy of ../shared/peers in which `npm ci` was run
//     [--floor-seconds 5]         how long each part of the floor is measured
//     [--set section.key=value]   a setting of the gateway; may be repeated
//     [--profile FOLDER]          writes CPU profiles of the gateway there
// Each phone sends a Sensor Logger message a second with 50 samples of each of three sensors. Latency is from the writing
// of the message that completes a window until influxd hands its point to a subscriber. Linux only: costs are from /proc.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gatewaySystem } from './lib/gateway.mjs';
import { measure } from './lib/measure.mjs';
import { findModel, wrapModel } from './lib/models.mjs';
import { openPeers, PEER_NAMES } from './lib/peers.mjs';
import { printTable } from './lib/table.mjs';
import { ownTask, peersTask } from './lib/tasks.mjs';

const { values: flags } = parseArgs({
  options: {
    phones: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    model: { type: 'string' },
    peers: { type: 'string' },
    'peers-folder': { type: 'string' },
    'floor-seconds': { type: 'string', default: '5' },
    set: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const note = (line) => console.error(line);
const folder = mkdtempSync(join(tmpdir(), 'alongside-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

async function chooseTask() {
  const peers = flags.model === undefined ? openPeers(folder, flags['peers-folder']) : undefined;
  if (peers === undefined) {
    const why =
      flags.model === undefined ? '../shared/peers is not beside the repository' : 'a model was named';
    note(`without floor, reference and peers: ${why}`);
    const model = await findModel(flags.model, folder);
    return { model, task: ownTask(model), systems: [] };
  }
  const wanted =
    flags.peers === 'none'
      ? []
      : (flags.peers?.split(',') ?? PEER_NAMES.filter((name) => name !== 'python-per-window'));
  const { systems, missing } = await peers.available(wanted);
  for (const line of missing) note(`left out, its software is not there: ${line}`);
  note('measuring the floor …');
  const task = await peersTask(peers, Number(flags['floor-seconds']));
  return { model: wrapModel(folder, peers.model, peers.norm), task, systems };
}

const machine = {
  cpu: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  node: process.version,
  date: new Date().toISOString(),
  loadBefore: loadavg().map((value) => Number(value.toFixed(2))),
};
const { model, task, systems } = await chooseTask();
const gateway = gatewaySystem(model, { set: flags.set, profile: flags.profile });
const results = [];
for (const system of [gateway, ...systems]) {
  for (const phones of flags.phones.split(',').map(Number)) {
    note(`${system.name}: ${phones} phones for ${flags.seconds} s …`);
    results.push(await measure(system, task, { phones, seconds: Number(flags.seconds), folder }));
  }
}
console.log(
  `Model ${model.name}. ${machine.cpu}, Node ${machine.node}, ${machine.date}; load before ${machine.loadBefore[0]}.`,
);
printTable(results, task.floor);
if (flags.json)
  console.log(
    JSON.stringify({ benchmark: 'stream', machine, model: model.name, floor: task.floor, results }),
  );
process.exit(0);
