import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/schema.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { freePort } from '../../helpers/free-port.js';
import { type Influxd, startInfluxd } from '../../helpers/start-influxd.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { startWebhookReceiver, type WebhookReceiver } from '../../helpers/webhook-receiver.js';
import { LOAD_SUBSCRIPTIONS } from './phone-load.js';
import { type SupervisedGateway, startSupervisedGateway } from './supervised-gateway.js';
import { startWriteAudit, type WriteAudit } from './write-audit.js';

export interface ClusterGateway extends AsyncDisposable {
  readonly process: SupervisedGateway;
  /** Where phones publish, also after it was started again. */
  readonly door: string;
  /** As owner records and members name it, before what tells its runs apart. */
  readonly name: string;
}

/** Gateways that share phones, between NATS servers and a database of whose writes nothing is missed. */
export interface ClusterWorld extends AsyncDisposable {
  readonly nats: Nats;
  readonly influxd: Influxd;
  readonly audit: WriteAudit;
  /** Of webhooks. */
  readonly receiver: WebhookReceiver;
  readonly gateways: readonly ClusterGateway[];
  readonly partitions: number;
  readonly config: Config;
  /** Starts one more gateway, to which no phone sends. */
  join(): Promise<ClusterGateway>;
}

export interface ClusterWorldOptions {
  /** NATS servers. */
  readonly servers: 1 | 3;
  readonly gateways: number;
}

const PARTITIONS = 12;
/** Nothing is cut off: room for thirty rounds. */
const LOG_BYTES = PARTITIONS * 100_000_000;
const when = { type: 'status', target: 'accompanied' };
const ALERT_RULES = [
  { name: 'alone', cooldownMinutes: 0, when: { ...when, is: 'no', forMinutes: 0.1 } },
  { name: 'lost', cooldownMinutes: 0, when: { ...when, is: 'unknown' } },
];
const MODELS = join(import.meta.dirname, '../../../models');
const MODEL = 'accompany-demo';

export async function startClusterWorld(options: ClusterWorldOptions): Promise<ClusterWorld> {
  const closers = new Closers();
  try {
    return await start(closers, options);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(closers: Closers, { servers, gateways }: ClusterWorldOptions): Promise<ClusterWorld> {
  const nats = closers.add(await startNats({ servers }));
  const influxd = closers.add(await startInfluxd());
  const audit = closers.add(await startWriteAudit(influxd.url));
  const receiver = closers.add(await startWebhookReceiver());
  const settings = [
    `cluster.servers=${JSON.stringify(nats.urls)}`,
    `cluster.partitions=${PARTITIONS}`,
    `cluster.replicas=${servers}`,
    `cluster.logBytes=${LOG_BYTES}`,
    `mqtt.subscriptions=${JSON.stringify(LOAD_SUBSCRIPTIONS)}`,
    'store.type=influxdb',
    `store.influxdb.url=${audit.url}`,
    `models.dir=${MODELS}`,
    `models.active=[${MODEL}]`,
    'webhooks.allowNetworks=[127.0.0.0/8]',
    `alerts.rules=${JSON.stringify(ALERT_RULES)}`,
    'logLevel=info',
  ];
  const started: ClusterGateway[] = [];
  for (let index = 0; index < gateways; index += 1)
    started.push(closers.add(await startClusterGateway(`gateway-${index}`, settings)));
  return {
    nats,
    influxd,
    audit,
    receiver,
    gateways: started,
    partitions: PARTITIONS,
    config: await loadConfig({ file: undefined, set: settings, env: {} }),
    join: () => startClusterGateway('another', settings),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

async function startClusterGateway(name: string, settings: readonly string[]): Promise<ClusterGateway> {
  const closers = new Closers();
  const folder = closers.add(await temporaryFolder());
  const port = await freePort();
  const own = [...settings, `cluster.gateway=${name}`, `mqtt.port=${port}`];
  const process = closers.add(await startSupervisedGateway(folder.path, own));
  const door = `mqtt://127.0.0.1:${port}`;
  return { process, name, door, [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose]() };
}
