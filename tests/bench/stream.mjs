// The gateway under load: phones through an external mosquitto, results into InfluxDB 1.x, all on this machine.
//   npm run bench -- stream [--phones 300[,1000 …]] [--seconds 60] [--runs 1] [--json] [--markdown]
//                                 of several runs, one system after the other, the medians; as JSON besides, or as the
//                                 table of docs/measured.md
//     [--against CHECKOUT]        another checkout of this project, built, to be measured in turn with this one
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
import { mediansOf } from './lib/medians.mjs';
import { findModel, wrapModel } from './lib/models.mjs';
import { openPeers, PEER_NAMES } from './lib/peers.mjs';
import { printMarkdown, printTable } from './lib/table.mjs';
import { ownTask, peersTask } from './lib/tasks.mjs';
import { versionsOf } from './lib/versions.mjs';

const { values: flags } = parseArgs({
  options: {
    phones: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    against: { type: 'string' },
    model: { type: 'string' },
    peers: { type: 'string' },
    'peers-folder': { type: 'string' },
    'floor-seconds': { type: 'string', default: '5' },
    set: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
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
const { set, profile, against } = flags;
const gateways = [gatewaySystem(model, { set, profile })];
if (against !== undefined)
  gateways.push(gatewaySystem(model, { set, profile, checkout: against, name: 'against' }));
const runs = [];
for (let run = 1; run <= Number(flags.runs); run++) {
  for (const phones of flags.phones.split(',').map(Number)) {
    for (const system of [...gateways, ...systems]) {
      note(`run ${run}, ${system.name}: ${phones} phones for ${flags.seconds} s …`);
      runs.push(await measure(system, task, { phones, seconds: Number(flags.seconds), folder }));
      note(`  ${JSON.stringify(runs.at(-1))}`);
    }
  }
}
const results = mediansOf(runs);
if (flags.markdown) {
  const versions = await versionsOf([...gateways, ...systems]);
  const { runs, seconds } = flags;
  printMarkdown(results, { floor: task.floor, machine, model: model.name, runs, seconds, versions });
} else {
  console.log(
    `Model ${model.name}. ${machine.cpu}, Node ${machine.node}, ${machine.date}; load before ${machine.loadBefore[0]}; medians of ${flags.runs}.`,
  );
  printTable(results, task.floor);
}
if (flags.json)
  console.log(
    JSON.stringify({ benchmark: 'stream', machine, model: model.name, floor: task.floor, results, runs }),
  );
process.exit(0);
