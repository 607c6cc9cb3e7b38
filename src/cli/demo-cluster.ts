import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ClusterStatus } from '../cluster/cluster-status.js';
import type { SharedMemory } from '../cluster/connect-nats.js';
import type { DeviceId } from '../domain/ids.js';
import type { Store } from '../domain/store.js';
import type { Fleet } from '../recordings/simulation/fleet.js';
import { GatewayError } from '../shared/errors.js';
import { Closers } from '../shared/lifetime.js';
import { PACKAGE_FOLDER, SHIPPED_MODELS } from '../shared/package.js';
import type { CliContext } from './context.js';
import { end, freePort, startInfluxdb, startNatsServers } from './local-servers.js';

export interface ClusterDemoFlags {
  readonly seconds: number;
  readonly phones: number;
  readonly seed: number;
  readonly json: boolean;
}

const MAIN = join(PACKAGE_FOLDER, 'dist/main.js');
const GATEWAYS = 3;
const PARTITIONS = 12;
/** The one that is killed. */
const VICTIM = 1;
/** So long it is away: longer than its lease. */
const AWAY_MS = 8000;
const TAKEN_OVER_WITHIN_MS = 30_000;
const STORED_WITHIN_MS = 30_000;
const POLL_MS = 100;
/** What `start --json` prints once it is ready. */
const readySchema = z.object({ http: z.string(), mqtt: z.string() });

/** `alongside demo --cluster`: three NATS servers, InfluxDB and three gateways on this machine, of which one is killed on the way. */
export async function demoCluster(context: CliContext, flags: ClusterDemoFlags): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'alongside-'));
  await using closers = new Closers();
  closers.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const influxdb = await startInfluxdb(context, folder, closers);
  const servers = await startNatsServers(context, folder, closers);
  const settings = [
    `cluster.servers=${JSON.stringify(servers)}`,
    `cluster.partitions=${PARTITIONS}`,
    'cluster.logBytes=240000000',
    'store.type=influxdb',
    `store.influxdb.url=${influxdb}`,
    `models.dir=${SHIPPED_MODELS}`,
    'models.active=[accompany-demo]',
    'logLevel=error',
  ];
  const gateways = await Promise.all(
    Array.from({ length: GATEWAYS }, (_, index) => LocalGateway.start(`gateway-${index}`, folder, settings)),
  );
  for (const gateway of gateways) closers.add(gateway);
  context.note(`3 NATS servers (${servers.join(', ')}), InfluxDB (${influxdb}) and ${GATEWAYS} gateways:`);
  for (const { name, http, mqtt } of gateways) context.note(`  ${name}  dashboard ${http}  phones ${mqtt}`);
  const { memory, store } = await openShared(servers, influxdb, closers);
  const status = (): Promise<ClusterStatus> => readStatus(memory);
  await until(
    async () => (await status()).partitions.every(({ owner }) => owner !== ''),
    TAKEN_OVER_WITHIN_MS,
  );

  const fleets = await startFleets(context, flags, gateways);
  for (const fleet of fleets) closers.add(fleet);
  context.note(`${flags.phones} simulated phones send to them for ${flags.seconds} s.`);
  await pause(context, (flags.seconds * 1000) / 3);
  const takeoverMs = await killOne(context, gateways[VICTIM], status);
  const counts = await Promise.all(fleets.map(({ finished }) => finished));
  await until(async () => isStored(await status()), STORED_WITHIN_MS);
  const found = await Promise.all(
    fleets.flatMap(({ devices }) => devices.map((device) => timelineOf(store, device))),
  );
  const { gateways: members, ledger } = await status();
  const report = {
    phones: flags.phones,
    messages: counts.reduce((sum, { messages }) => sum + messages, 0),
    unacknowledged: counts.reduce((sum, { messages, acknowledged }) => sum + messages - acknowledged, 0),
    windows: found.reduce((sum, { windows }) => sum + windows, 0),
    missing: found.reduce((sum, { missing }) => sum + missing, 0),
    takeoverMs: takeoverMs === undefined ? null : Math.round(takeoverMs),
    balanced: ledger.balanced,
    gateways: members.map(({ name, partitions }) => ({ name, partitions })),
  };
  if (flags.json) context.print(JSON.stringify(report));
  else for (const line of linesOf(report)) context.print(line);
}

/** A gateway in a process of its own, that comes back with its data and at its ports. */
class LocalGateway implements AsyncDisposable {
  readonly name: string;
  readonly #args: readonly string[];
  http = '';
  mqtt = '';
  #child: ChildProcess | undefined;

  private constructor(name: string, args: readonly string[]) {
    this.name = name;
    this.#args = args;
  }

  static async start(name: string, folder: string, settings: readonly string[]): Promise<LocalGateway> {
    const own = [
      `dataDir=${join(folder, name)}`,
      `cluster.gateway=${name}`,
      `http.port=${await freePort()}`,
      `mqtt.port=${await freePort()}`,
    ];
    const args = [...settings, ...own].flatMap((setting) => ['--set', setting]);
    const gateway = new LocalGateway(name, args);
    await gateway.start();
    return gateway;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [MAIN, 'start', '--json', ...this.#args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const { http, mqtt } = readySchema.parse(JSON.parse(line));
      this.http = http;
      this.mqtt = mqtt;
      child.stdout.resume();
      return;
    }
    throw new GatewayError('SOURCE_FAILED', `${this.name} did not start; its words are above`);
  }

  async kill(): Promise<void> {
    if (this.#child !== undefined) await end(this.#child, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

async function openShared(servers: readonly string[], influxdb: string, closers: Closers) {
  const [{ connectToNats }, { createInfluxStore }, { configSchema }] = await Promise.all([
    import('../cluster/connect-nats.js'),
    import('../storage/influx/influx-store.js'),
    import('../config/schema.js'),
  ]);
  const { database } = configSchema.parse({}).store.influxdb;
  const memory: SharedMemory = closers.add(await connectToNats({ servers, name: 'alongside demo' }));
  const store: Store = closers.add(createInfluxStore({ url: influxdb, database }));
  return { memory, store };
}

async function readStatus(memory: SharedMemory): Promise<ClusterStatus> {
  const { readClusterStatus } = await import('../cluster/cluster-status.js');
  return await readClusterStatus(memory);
}

async function startFleets(
  context: CliContext,
  { phones, seconds, seed }: ClusterDemoFlags,
  gateways: readonly LocalGateway[],
): Promise<Fleet[]> {
  const { startFleet } = await import('../recordings/simulation/fleet.js');
  const shares = gateways.map((_, index) => Math.floor((phones + index) / gateways.length));
  return await Promise.all(
    gateways.flatMap(({ mqtt, name }, index) => {
      const count = shares[index] ?? 0;
      if (count === 0) return [];
      return startFleet({
        url: mqtt,
        phones: count,
        seed: seed + index,
        seconds,
        namePrefix: `${name}-phone-`,
        rateHz: 50,
        format: 'sensor-logger',
        pace: 'real-time',
        connections: 'each',
        clock: context.clock,
      });
    }),
  );
}

/** Resolves to how long it took until others had what it had, milliseconds. */
async function killOne(
  context: CliContext,
  victim: LocalGateway | undefined,
  status: () => Promise<ClusterStatus>,
): Promise<number | undefined> {
  if (victim === undefined || context.signal.aborted) return undefined;
  const isIts = ({ owner }: { readonly owner: string }): boolean => owner.startsWith(`${victim.name}-`);
  const had = (await status()).partitions.filter(isIts).length;
  context.note(`kill -9 ${victim.name}, which owns ${had} of ${PARTITIONS} partitions.`);
  await victim.kill();
  const killedMs = performance.now();
  await until(async () => !(await status()).partitions.some(isIts), TAKEN_OVER_WITHIN_MS);
  const takeoverMs = performance.now() - killedMs;
  context.note(`The others have taken them after ${(takeoverMs / 1000).toFixed(1)} s.`);
  await pause(context, Math.max(0, AWAY_MS - takeoverMs));
  await victim.start();
  context.note(`${victim.name} is back; its phones send what they have kept.`);
  return takeoverMs;
}

function isStored({ ledger, partitions }: ClusterStatus): boolean {
  const { due, pending } = ledger.windows;
  return due > 0 && pending === 0 && partitions.every(({ lag }) => lag <= 1);
}

/** How many windows a phone has, and how many are missing between the first and the last. */
async function timelineOf(store: Store, device: DeviceId): Promise<{ windows: number; missing: number }> {
  const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER / 1000 };
  const starts = (await store.windows(device, all, Number.POSITIVE_INFINITY)).map(({ startMs }) => startMs);
  const steps = starts.slice(1).map((startMs, index) => startMs - (starts[index] ?? 0));
  const strideMs = Math.min(...steps);
  const missing = steps.reduce((sum, stepMs) => sum + Math.round(stepMs / strideMs) - 1, 0);
  return { windows: starts.length, missing };
}

async function pause({ signal }: CliContext, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

async function until(isSo: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isSo()) && performance.now() < deadlineMs) await sleep(POLL_MS);
}

interface Report {
  readonly phones: number;
  readonly messages: number;
  readonly unacknowledged: number;
  readonly windows: number;
  readonly missing: number;
  readonly takeoverMs: number | null;
  readonly balanced: boolean;
  readonly gateways: readonly { readonly name: string; readonly partitions: number }[];
}

function linesOf({
  phones,
  messages,
  unacknowledged,
  windows,
  missing,
  takeoverMs,
  ...rest
}: Report): string[] {
  const timelines = missing === 0 ? 'no timeline is broken' : `${missing} windows ARE MISSING`;
  const takeover =
    takeoverMs === null ? 'nobody was killed' : `taken over after ${(takeoverMs / 1000).toFixed(1)} s`;
  return [
    `${phones} phones, ${messages} messages, ${unacknowledged} not acknowledged`,
    `${windows} windows stored, ${timelines}; ${takeover}`,
    `the ledger ${rest.balanced ? 'balances' : 'DOES NOT BALANCE'}`,
    ...rest.gateways.map(({ name, partitions }) => `${name} owns ${partitions} of ${PARTITIONS} partitions`),
  ];
}
