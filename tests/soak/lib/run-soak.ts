import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ledgerSchema } from '../../helpers/api-schemas.js';
import type { RunningGateway } from '../../helpers/run-cli.js';
import { type Comparison, compareWindows } from './compare-windows.js';
import { expectedWindows } from './expected-windows.js';
import { type FaultWorld, startFaultWorld } from './fault-world.js';
import { loadPhones, startPhoneLoad } from './phone-load.js';
import { storedWindows } from './stored-windows.js';
import { metricsOf } from './supervised-gateway.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Caches fill and code is compiled meanwhile. */
  readonly warmUpMinutes: number;
  readonly seed: number;
  readonly onSample: (sample: SoakSample) => void;
}

/** The gateway's process at one moment. */
export interface SoakSample {
  /** Since the phones began to send. */
  readonly minutes: number;
  /** The least of several readings in a row: what is left after garbage was collected. */
  readonly heapMb: number;
  /** All resident memory, and its two parts: the process's own, and pages of files, which the system takes back at need. */
  readonly rssMb: number;
  readonly anonymousMb: number;
  readonly fileMb: number;
  readonly fileDescriptors: number;
  /** Sockets, timers and the like that the event loop holds. */
  readonly handles: number;
  readonly journalMessages: number;
  readonly isBalanced: boolean;
}

export interface SoakReport extends Comparison {
  readonly samples: readonly SoakSample[];
  readonly crashes: readonly string[];
}

/** Of each kind of phone, times minutes of warm-up: bounded memories, such as that of live events, are full after them. */
const FILLING_PHONE_MINUTES = 64;
/** Of each kind: more than two cores carry beside broker and database is no soak. */
const MOST_PHONES = 25;
const SAMPLE_MS = 15_000;
const READINGS = 8;
const RECONNECT_EVERY_MS = 60_000;
const CUT_MS = 1000;
const BYTES_PER_MB = 2 ** 20;
const KB_PER_MB = 1024;

/** Lets phones send for a long time, breaks their connections or the gateway's each minute, and looks at its process. */
export async function runSoak({ minutes, warmUpMinutes, seed, onSample }: SoakOptions): Promise<SoakReport> {
  await using world = await startFaultWorld({ isBrokerKilled: false });
  await world.gateway.untilListening();
  const phones = loadPhones(seed, Date.now(), phonesOfEachKind(warmUpMinutes));
  await using load = await startPhoneLoad(`mqtt://127.0.0.1:${world.phoneNetwork.port}`, phones);
  const samples = await watch(world, minutes, onSample);
  await load.stop();
  const { config, modelFolder } = world;
  const expected = await expectedWindows({ config, modelFolder, phones, periods: load.periods });
  const stored = await storedWindows(world, phones, expected.length);
  return { ...compareWindows(expected, stored), samples, crashes: world.gateway.crashes };
}

function phonesOfEachKind(warmUpMinutes: number): number {
  return Math.min(MOST_PHONES, Math.ceil(FILLING_PHONE_MINUTES / warmUpMinutes));
}

async function watch(
  world: FaultWorld,
  minutes: number,
  onSample: SoakOptions['onSample'],
): Promise<SoakSample[]> {
  const beganMs = performance.now();
  const samples: SoakSample[] = [];
  let cuts = 0;
  while (performance.now() - beganMs < minutes * 60_000) {
    const elapsedMs = performance.now() - beganMs;
    if (elapsedMs > (cuts + 1) * RECONNECT_EVERY_MS) {
      cuts += 1;
      await cut(cuts % 2 === 0 ? world.phoneNetwork : world.brokerNetwork);
    }
    const sample = await take(world.gateway.process, elapsedMs / 60_000);
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

async function cut(network: FaultWorld['phoneNetwork']): Promise<void> {
  network.cut();
  await sleep(CUT_MS);
  network.resume();
}

async function take(gateway: RunningGateway, minutes: number): Promise<SoakSample> {
  const readings: ReadonlyMap<string, number>[] = [];
  for (let count = 0; count < READINGS; count++) {
    await sleep(SAMPLE_MS / READINGS);
    readings.push(await metricsOf(gateway));
  }
  const least = (name: string) => Math.min(...readings.map((reading) => reading.get(name) ?? Number.NaN));
  const { balanced } = await gateway.get('/v1/ledger', ledgerSchema);
  return {
    minutes,
    heapMb: least('nodejs_heap_size_used_bytes') / BYTES_PER_MB,
    ...(await residentMemory(gateway.pid)),
    fileDescriptors: (await readdir(`/proc/${gateway.pid}/fd`)).length,
    handles: least('nodejs_active_handles'),
    journalMessages: least('alongside_queue_length'),
    isBalanced: balanced,
  };
}

async function residentMemory(
  pid: RunningGateway['pid'],
): Promise<Pick<SoakSample, 'rssMb' | 'anonymousMb' | 'fileMb'>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mbOf = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / KB_PER_MB;
  return { rssMb: mbOf('VmRSS'), anonymousMb: mbOf('RssAnon'), fileMb: mbOf('RssFile') };
}
