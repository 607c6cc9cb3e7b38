import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/schema.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { runCli } from '../../helpers/run-cli.js';
import { type Influxd, startInfluxd } from '../../helpers/start-influxd.js';
import { type Mosquitto, startMosquitto } from '../../helpers/start-mosquitto.js';
import { type ProxiedNetwork, startProxy } from '../../helpers/start-proxy.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { LOAD_SUBSCRIPTIONS } from './phone-load.js';
import { type SupervisedGateway, startSupervisedGateway } from './supervised-gateway.js';

/** A gateway between a broker and a database, with networks between them that can be broken. */
export interface FaultWorld extends AsyncDisposable {
  readonly broker: Mosquitto;
  readonly influxd: Influxd;
  readonly gateway: SupervisedGateway;
  /** Between the phones and the broker. */
  readonly phoneNetwork: ProxiedNetwork;
  /** Between the broker and the gateway. */
  readonly brokerNetwork: ProxiedNetwork;
  /** Between the gateway and the database. */
  readonly influxNetwork: ProxiedNetwork;
  /** The gateway's data folder: a small disk of its own if `isSmallDisk`. */
  readonly dataDir: string;
  readonly isSmallDisk: boolean;
  readonly settings: readonly string[];
  readonly config: Config;
  readonly modelFolder: string;
}

export interface FaultWorldOptions {
  /**
   * Whether the broker writes down each message at once, to be killed with nothing lost. It writes all it holds again each
   * time, which a long backlog makes ever slower. @defaultValue true
   */
  readonly isBrokerKilled?: boolean;
}

export const KEEPALIVE_SECONDS = 5;
const DISK_MEGABYTES = 96;
const DEMO_MODEL = 'accompany-demo';

/** Starts everything; what is slow by default is made quick, what bounds memory stays. */
export async function startFaultWorld(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  const closers = new Closers();
  try {
    return await start(closers, options);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(closers: Closers, { isBrokerKilled = true }: FaultWorldOptions): Promise<FaultWorld> {
  const broker = closers.add(
    await startMosquitto({ persistence: isBrokerKilled, config: ['max_queued_messages 0'] }),
  );
  const influxd = closers.add(await startInfluxd());
  const phoneNetwork = closers.add(await startProxy(broker.port));
  const brokerNetwork = closers.add(await startProxy(broker.port));
  const influxNetwork = closers.add(await startProxy(influxd.port));
  const folder = closers.add(await temporaryFolder());
  const models = await modelsFolder(folder.path);
  const dataFolder = closers.add(await temporaryFolder());
  const isSmallDisk = mountSmallDisk(dataFolder.path, closers);
  const settings = [
    `mqtt.url=mqtt://127.0.0.1:${brokerNetwork.port}`,
    'mqtt.embedded=false',
    `mqtt.keepaliveSeconds=${KEEPALIVE_SECONDS}`,
    'mqtt.reconnectMaxSeconds=2',
    `mqtt.subscriptions=${JSON.stringify(LOAD_SUBSCRIPTIONS)}`,
    'store.type=influxdb',
    `store.influxdb.url=http://127.0.0.1:${influxNetwork.port}`,
    `models.dir=${models.dir}`,
    `models.active=[${models.active}]`,
    'logLevel=warn',
  ];
  const gateway = closers.add(await startSupervisedGateway(dataFolder.path, settings));
  return {
    broker,
    influxd,
    gateway,
    phoneNetwork,
    brokerNetwork,
    influxNetwork,
    isSmallDisk,
    dataDir: dataFolder.path,
    settings: [...settings, `dataDir=${dataFolder.path}`],
    config: await loadConfig({ file: undefined, set: settings, env: {} }),
    modelFolder: join(models.dir, models.active),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

/** Has the results sent again that InfluxDB has refused for good, as an operator would. */
export async function sendDeadLetters({ settings }: FaultWorld): Promise<void> {
  const flags = settings.flatMap((setting) => ['--set', setting]);
  const { code, stderr } = await runCli(['dead-letters', 'send', ...flags]);
  if (code !== 0) throw new Error(`dead letters cannot be sent: ${stderr}`);
}

/** The model that comes with the gateway, or one that is made here. */
async function modelsFolder(folder: string): Promise<{ dir: string; active: string }> {
  const dir = join(import.meta.dirname, '../../../models');
  if (existsSync(join(dir, DEMO_MODEL))) return { dir, active: DEMO_MODEL };
  await writeTinyModel(folder, { sizeSamples: 100, weight: 0.001 }, { strideSamples: 50 });
  return { dir: folder, active: 'tiny' };
}

/** Gives a folder a small disk of its own, where that is allowed. */
function mountSmallDisk(folder: string, closers: Closers): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    return false;
  }
  closers.defer(() => void execFileSync('umount', ['-l', folder]));
  return true;
}
