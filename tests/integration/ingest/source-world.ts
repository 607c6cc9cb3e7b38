import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RawMessage } from '../../../src/domain/message.js';
import type { Refusal } from '../../../src/ingest/broker/broker-types.js';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../../src/ingest/broker/embedded-broker.js';
import { startEmbeddedSource } from '../../../src/ingest/broker/embedded-source.js';
import { type MqttSourceOptions, startMqttSource } from '../../../src/ingest/client/mqtt-source.js';
import type { MessageSource, SourceRejection } from '../../../src/ingest/source.js';
import { systemClock } from '../../../src/shared/clock.js';
import { freePort } from '../../helpers/free-port.js';
import { startMosquitto } from '../../helpers/start-mosquitto.js';
import { connectPhone, type Phone } from './phone.js';

export type ProtocolVersion = 4 | 5;

/** What a source under test has reported. */
export interface Observed {
  /** Payloads delivered, as text, in order. */
  readonly delivered: string[];
  readonly messages: RawMessage[];
  readonly rejections: SourceRejection[];
  readonly failures: unknown[];
  readonly held: string[];
  readonly disconnections: string[];
  connections: number;
}

export interface SourceUnderTest extends AsyncDisposable, Observed {
  readonly source: MessageSource;
}

type StartOptions = Partial<Omit<MqttSourceOptions, 'broker'>>;

/** A broker and the means to start sources at it. */
export interface SourceWorld extends AsyncDisposable {
  /** Where phones publish; there may be no broker before a source was started. */
  readonly url: string;
  /** Clients that the embedded broker turned away. */
  readonly refusals: readonly Refusal[];
  /** Starts a source and waits until it is ready. */
  start(options?: StartOptions): Promise<SourceUnderTest>;
  /** Starts a source that takes over nothing in a process of its own. */
  startHolding(): Promise<HoldingSource>;
  connectPhone(): Promise<Phone>;
}

/** A world whose broker can stop while its source goes on. */
export interface BrokerWorld extends SourceWorld {
  stopBroker(): Promise<void>;
  startBroker(): Promise<void>;
}

export interface HoldingSource extends AsyncDisposable {
  /** Resolves when a message is being held. */
  readonly holding: Promise<void>;
  kill(): Promise<void>;
}

const CLIENT_ID = 'gateway-under-test';

/** mosquitto, which keeps sessions on disk, and mqtt.js. */
export async function createMosquittoWorld(protocolVersion: ProtocolVersion): Promise<BrokerWorld> {
  const mosquitto = await startMosquitto({ persistence: true });
  const { url } = mosquitto;
  return {
    ...createMqttWorld(url, protocolVersion),
    refusals: [],
    // Ended gently, it saves what it holds.
    stopBroker: () => mosquitto.kill('SIGTERM'),
    startBroker: () => mosquitto.restart(),
    [Symbol.asyncDispose]: () => mosquitto[Symbol.asyncDispose](),
  };
}

/** The embedded broker, used through a socket by mqtt.js. */
export async function createEmbeddedBrokerWorld(protocolVersion: ProtocolVersion): Promise<BrokerWorld> {
  const port = await freePort();
  const refusals: Refusal[] = [];
  const start = (): Promise<EmbeddedBroker> =>
    startEmbeddedBroker({ port, onRefused: (refusal) => void refusals.push(refusal) });
  let broker = await start();
  return {
    ...createMqttWorld(broker.url, protocolVersion),
    refusals,
    stopBroker: async () => await broker[Symbol.asyncDispose](),
    startBroker: async () => {
      broker = await start();
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

/** The embedded broker as a source: both begin and end together. */
export async function createEmbeddedSourceWorld(protocolVersion: ProtocolVersion): Promise<SourceWorld> {
  const port = await freePort();
  const url = `mqtt://127.0.0.1:${port}`;
  const refusals: Refusal[] = [];
  return {
    url,
    refusals,
    start: async (options = {}) => {
      const { observed, ...rest } = observe(options);
      const broker = { port, onRefused: (refusal: Refusal) => void refusals.push(refusal) };
      const source = await startEmbeddedSource({ ...rest, broker });
      return { ...observed, source, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
    },
    startHolding: () => startHolding({ kind: 'embedded', broker: { port } }),
    connectPhone: () => connectPhone(url, { protocolVersion }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function createMqttWorld(url: string, protocolVersion: ProtocolVersion) {
  const broker = { url, clientId: CLIENT_ID, protocolVersion };
  return {
    url,
    start: async (options: StartOptions = {}): Promise<SourceUnderTest> => {
      const { observed, ...rest } = observe(options);
      const source = startMqttSource({ reconnectInitialMs: 50, reconnectMaxMs: 200, ...rest, broker });
      await source.ready;
      return Object.assign(observed, {
        source,
        [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
      });
    },
    startHolding: () => startHolding({ kind: 'mqtt', broker }),
    connectPhone: () => connectPhone(url, { protocolVersion }),
  };
}

/** Options for a source that note everything it reports. */
function observe({ deliver, ...options }: StartOptions) {
  const observed: Observed = {
    delivered: [],
    messages: [],
    rejections: [],
    failures: [],
    held: [],
    disconnections: [],
    connections: 0,
  };
  return {
    observed,
    subscriptions: [],
    clock: systemClock,
    ...options,
    deliver: (message: RawMessage) => {
      observed.messages.push(message);
      observed.delivered.push(Buffer.from(message.payload).toString());
      return deliver?.(message);
    },
    hooks: {
      onRejected: (rejection: SourceRejection) => void observed.rejections.push(rejection),
      onDeliverFailed: (error: unknown) => void observed.failures.push(error),
      onHoldExceeded: (topic: string) => void observed.held.push(topic),
      onConnected: () => {
        observed.connections += 1;
      },
      onDisconnected: (error: Error) => void observed.disconnections.push(error.message),
    },
  };
}

async function startHolding(what: object): Promise<HoldingSource> {
  const script = join(import.meta.dirname, 'holding-source.mjs');
  const child = spawn(process.execPath, [script, JSON.stringify(what)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const saw = (wanted: string): Promise<void> =>
    new Promise((resolve) => lines.on('line', (line) => line === wanted && resolve()));
  const holding = saw('holding');
  await Promise.race([saw('ready'), failWhenEnded(child)]);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  return { holding, kill, [Symbol.asyncDispose]: kill };
}

async function failWhenEnded(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error('the source in its own process ended early');
}
