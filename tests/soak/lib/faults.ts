import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HashRandom } from '../../../src/recordings/simulation/random.js';
import { fillDisk } from '../../helpers/fill-disk.js';
import type { ProxyAnswer, Respond } from '../../helpers/start-proxy.js';
import { type FaultWorld, KEEPALIVE_SECONDS, sendDeadLetters } from './fault-world.js';

/** Something that goes wrong, and is put right again before it resolves. */
export interface Fault {
  readonly name: string;
  readonly happen: (world: FaultWorld, random: HashRandom) => Promise<void>;
  /** Whether it can be made to happen here; always where left out. */
  readonly isPossible?: (world: FaultWorld) => boolean;
}

export const FAULTS: readonly Fault[] = [
  { name: 'kill -9 gateway', happen: killGateway },
  { name: 'kill -9 mosquitto', happen: killBroker },
  { name: 'kill -9 influxd', happen: killInfluxd },
  { name: 'SIGSTOP gateway', happen: freezeGateway },
  { name: 'cut to broker', happen: (world, random) => cut(world.brokerNetwork, random) },
  { name: 'silence to broker', happen: silenceBroker },
  { name: 'cut to InfluxDB', happen: (world, random) => cut(world.influxNetwork, random) },
  { name: 'silence to InfluxDB', happen: silenceInfluxdb },
  { name: 'InfluxDB says 500', happen: (world, random) => answer(world, random, () => SERVER_ERROR) },
  { name: 'InfluxDB says 429', happen: (world, random) => answer(world, random, () => TOO_MANY) },
  { name: 'InfluxDB writes a part', happen: partialWrites },
  { name: 'disk full', happen: diskFull, isPossible: ({ isSmallDisk }) => isSmallDisk },
];

const SERVER_ERROR: ProxyAnswer = { status: 500, body: '{"error":"engine: cannot write"}' };
const TOO_MANY: ProxyAnswer = { status: 429, body: '{"error":"too many requests"}' };

async function killGateway({ gateway }: FaultWorld, random: HashRandom): Promise<void> {
  await gateway.kill();
  await sleep(random.between(0, 2500));
  await gateway.start();
}

/**
 * mosquitto acknowledges a message before it writes it to the disk, and would lose it for the phone. The phones are kept
 * from sending until it has written; what was under way is sent again.
 */
async function killBroker({ broker, phoneNetwork }: FaultWorld, random: HashRandom): Promise<void> {
  phoneNetwork.stall();
  await broker.saved();
  await broker.kill('SIGKILL');
  phoneNetwork.cut();
  await sleep(random.between(0, 3000));
  await broker.restart();
  phoneNetwork.resume();
}

async function killInfluxd({ influxd }: FaultWorld, random: HashRandom): Promise<void> {
  await influxd.kill('SIGKILL');
  await sleep(random.between(0, 3000));
  await influxd.restart();
}

/** For so long that the broker takes the gateway for dead. */
async function freezeGateway({ gateway }: FaultWorld, random: HashRandom): Promise<void> {
  gateway.process.signal('SIGSTOP');
  await sleep(KEEPALIVE_SECONDS * 1500 + random.between(1000, 2500));
  gateway.process.signal('SIGCONT');
}

async function cut(network: FaultWorld['brokerNetwork'], random: HashRandom): Promise<void> {
  network.cut();
  await sleep(random.between(200, 3000));
  network.resume();
}

/** For so long that gateway and broker take each other for dead, or nearly. */
async function silenceBroker({ brokerNetwork }: FaultWorld, random: HashRandom): Promise<void> {
  brokerNetwork.stall();
  await sleep(KEEPALIVE_SECONDS * 1000 * random.between(0.8, 1.8));
  brokerNetwork.resume();
}

async function silenceInfluxdb({ influxNetwork }: FaultWorld, random: HashRandom): Promise<void> {
  influxNetwork.stall();
  await sleep(random.between(1000, 5000));
  influxNetwork.resume();
}

async function answer({ influxNetwork }: FaultWorld, random: HashRandom, respond: Respond): Promise<void> {
  influxNetwork.answer(respond);
  await sleep(random.between(1000, 4000));
  influxNetwork.resume();
}

/** A quarter of the points is refused for good, as by a conflict of types; somebody mends that and sends them again. */
async function partialWrites(world: FaultWorld, random: HashRandom): Promise<void> {
  world.influxNetwork.answer(async ({ method, path, body }, forward) => {
    if (method !== 'POST' || !path.startsWith('/write')) return undefined;
    const lines = body.split('\n');
    const taken = lines.filter((line) => hashOf(line) % 4 !== 0);
    if (taken.length === lines.length) return undefined;
    const answer = await forward(taken.join('\n'));
    if (answer.status >= 300) return answer;
    return { status: 400, body: partialWrite(lines.length - taken.length) };
  });
  await sleep(random.between(1000, 4000));
  world.influxNetwork.resume();
  // What is being found out about is among the dead letters by then.
  await sleep(1000);
  await sendDeadLetters(world);
}

function partialWrite(dropped: number): string {
  const error = `partial write: field type conflict: input field "coverage" on measurement "presence_window" dropped=${dropped}`;
  return JSON.stringify({ error });
}

function hashOf(text: string): number {
  return createHash('sha1').update(text).digest().readUInt32LE();
}

async function diskFull({ dataDir }: FaultWorld, random: HashRandom): Promise<void> {
  const path = join(dataDir, 'something-else');
  await fillDisk(path);
  await sleep(random.between(1000, 4000));
  await rm(path);
}
