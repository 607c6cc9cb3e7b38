// Gateways that join, leave and crash, simulated: how many partitions change their owner, how many had to, and for how long one
// has no owner. Takes a few seconds.
//   npm run bench -- cluster-balance [--partitions 1000] [--gateways 50] [--seed 1] [--json]
import { parseArgs } from 'node:util';
import { createHashRandom } from '../../build/recordings/simulation/random.js';
import { ClusterSimulation } from './lib/cluster-simulation.mjs';

const { values: flags } = parseArgs({
  options: {
    partitions: { type: 'string', default: '1000' },
    gateways: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [partitions, gateways, seed] = [flags.partitions, flags.gateways, flags.seed].map(Number);
const named = (first, count) => Array.from({ length: count }, (_, index) => `gateway-${first + index}`);
const several = Math.max(1, Math.floor(gateways / 5));

/** What happens to a cluster at rest: who comes, and who goes in which way. */
const EVENTS = [
  ['one joins', 'join', named(gateways, 1)],
  ['one stops', 'leave', named(0, 1)],
  ['one crashes', 'crash', named(0, 1)],
  [`${several} join`, 'join', named(gateways, several)],
  [`${several} stop`, 'leave', named(0, several)],
  [`${several} crash`, 'crash', named(0, several)],
];

function startedCluster() {
  const cluster = new ClusterSimulation(partitions, createHashRandom(seed));
  for (const name of named(0, gateways)) cluster.join(name);
  const settledMs = cluster.settle();
  return { cluster, settledMs };
}

/** Partitions whose owner is gone, and those that gateways with fewer than their share lack. */
function leastMoves(before, members) {
  const counts = members.map((name) => before.filter((owner) => owner === name).length).sort((a, b) => b - a);
  const [share, larger] = [Math.floor(before.length / members.length), before.length % members.length];
  const kept = counts.map((count, rank) => Math.min(count, share + (rank < larger ? 1 : 0)));
  return before.length - kept.reduce((sum, count) => sum + count, 0);
}

function figuresOf(event, way, affected) {
  const { cluster } = startedCluster();
  const before = cluster.owners;
  cluster.reset();
  for (const name of affected) cluster[way](name);
  const settledMs = cluster.settle();
  const counts = cluster.members.map((name) => cluster.owners.filter((owner) => owner === name).length);
  return {
    event,
    moves: cluster.moves,
    leastMoves: leastMoves(before, cluster.members),
    longestWithoutOwnerMs: cluster.longestWithoutOwnerMs,
    settledMs,
    writesLost: cluster.writesLost,
    partitionsEach: [Math.min(...counts), Math.max(...counts)],
  };
}

const { cluster, settledMs } = startedCluster();
const start = { settledMs, moves: cluster.moves, writesLost: cluster.writesLost };
const results = EVENTS.map((event) => figuresOf(...event));
if (flags.json) console.log(JSON.stringify({ partitions, gateways, seed, start, results }));
else printTable();

function printTable() {
  console.log(
    `${partitions} partitions, ${gateways} gateways. All start: at rest after ${start.settledMs} ms,`,
  );
  console.log(`${start.moves} taken, ${start.writesLost} conditional writes lost to another gateway.\n`);
  console.log(
    '| event | moves (least) | longest without owner | at rest after | writes lost | partitions each |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const result of results) {
    const [longest, rest] = [result.longestWithoutOwnerMs, result.settledMs].map(
      (ms) => `${(ms / 1000).toFixed(1)} s`,
    );
    const moves = `${result.moves} (${result.leastMoves})`;
    const each = result.partitionsEach.join(' to ');
    console.log(`| ${result.event} | ${moves} | ${longest} | ${rest} | ${result.writesLost} | ${each} |`);
  }
}
