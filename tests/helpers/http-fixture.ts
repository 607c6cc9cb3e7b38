import { type Level, pino } from 'pino';
import { Registry } from 'prom-client';
import { AccessControl } from '../../src/access/access-control.js';
import { NO_RECORDS } from '../../src/access/access-file.js';
import type { CurrentStatus, DeviceInfo, HealthReport } from '../../src/domain/device.js';
import type { ForgetReport } from '../../src/domain/erasable.js';
import { type DeviceId, parseDeviceId } from '../../src/domain/ids.js';
import type { ApparelInterval, ImageClassifier } from '../../src/domain/image.js';
import type { RawMessage } from '../../src/domain/message.js';
import type { StatedPlacement } from '../../src/domain/samples.js';
import type { UnknownReason } from '../../src/domain/status.js';
import type { CompanyPoint, StatusPoint, Store, StoredWindow, TimeRange } from '../../src/domain/store.js';
import type { TensorInference } from '../../src/domain/tensor-inference.js';
import { createHttpApp } from '../../src/http/app.js';
import type {
  Company,
  HttpDependencies,
  IngestResult,
  MqttUpgrade,
  Pairing,
} from '../../src/http/dependencies.js';
import { createLiveFeed, type LiveEvent } from '../../src/http/live-feed.js';
import type { HttpApp, HttpOptions } from '../../src/http/options.js';
import type { Manifest, SequenceManifest } from '../../src/inference/models/manifest.js';
import { GatewayError } from '../../src/shared/errors.js';
import { buildTimeline } from '../../src/storage/timeline.js';
import { createLedger } from '../../src/telemetry/ledger.js';

/** 2026-01-31T12:00:00Z */
export const NOW_MS = Date.UTC(2026, 0, 31, 12);

export function deviceId(text: string): DeviceId {
  const id = parseDeviceId(text);
  if (id === undefined) throw new Error(`${text} is no device id`);
  return id;
}

export const PHONE = deviceId('phone-1');

/** What an app under test was given, and what it said. */
export interface HttpFixture extends AsyncDisposable {
  readonly app: HttpApp;
  readonly store: MemoryStore;
  readonly pushed: RawMessage[];
  readonly refused: { reason: string; topic: string; detail: string }[];
  readonly liveClients: string[];
  readonly answered: { method: string; route: string; status: number }[];
  readonly failures: unknown[];
  readonly forgotten: DeviceId[];
  readonly refusedAccess: { status: number; scope: string; address: string }[];
  /** Lines of the log. */
  readonly log: string[];
  publish(event: LiveEvent): void;
}

export interface FixtureOverrides extends Partial<HttpOptions> {
  readonly access?: AccessControl;
  /** `null`: there is no such device. */
  readonly forgetReport?: ForgetReport | null;
  readonly devices?: readonly DeviceInfo[];
  readonly unknown?: readonly CurrentStatus[];
  readonly models?: readonly Manifest[];
  readonly images?: ImageClassifier;
  readonly tensors?: TensorInference;
  readonly apparelIntervals?: readonly ApparelInterval[];
  readonly candidates?: readonly SequenceManifest[];
  readonly recordings?: Awaited<ReturnType<HttpDependencies['recordings']>>;
  readonly ingestResult?: IngestResult;
  /** Take the place of what the fixture does with what is pushed, or refused. */
  readonly ingest?: HttpDependencies['ingest'];
  readonly refuse?: HttpDependencies['refuse'];
  /** @defaultValue trace */
  readonly logLevel?: Level | 'silent';
  readonly health?: HealthReport;
  /** Why nothing was known in a time that is over. */
  readonly reasonDuring?: (range: TimeRange) => UnknownReason | undefined;
  readonly ledger?: HttpDependencies['ledger'];
  readonly metrics?: Registry;
  readonly pairing?: Pairing;
  readonly upgradeToMqtt?: MqttUpgrade;
  readonly webhooks?: HttpDependencies['webhooks'];
  readonly alertRules?: HttpDependencies['alertRules'];
  readonly openAlerts?: HttpDependencies['openAlerts'];
  readonly company?: Partial<Company>;
  readonly feedCapacityEvents?: number;
}

/** A gateway without an image model. */
const NO_IMAGES: ImageClassifier = {
  hasRoom: true,
  classify: () => Promise.reject(new GatewayError('NOT_FOUND', 'No image model is active')),
  embedWorn: () => Promise.reject(new GatewayError('NOT_FOUND', 'No image model is active')),
  run: () => Promise.reject(new GatewayError('NOT_FOUND', 'No image model is active')),
};

const NO_TENSORS: TensorInference = {
  models: [],
  run: () => Promise.reject(new GatewayError('NOT_FOUND', 'There is no model')),
  runImages: () => Promise.reject(new GatewayError('NOT_FOUND', 'There is no model')),
};
const noWebhooks: HttpDependencies['webhooks'] = new Proxy({} as HttpDependencies['webhooks'], {
  get: () => () => [],
});

const noAlertRules: HttpDependencies['alertRules'] = {
  listed: [],
  add: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

const closedPairing: Pairing = {
  addresses: () => [],
  invite: () => Promise.reject(new Error('nobody is invited')),
  stateOf: () => undefined,
  redeem: () => Promise.resolve({ kind: 'unknown' }),
};

/** Asks nobody who they are. */
function openAccess(): AccessControl {
  return new AccessControl(
    { clock: { nowMs: () => NOW_MS }, exposed: { http: false, mqtt: false } },
    NO_RECORDS,
  );
}

/** An HTTP app over a store in memory, ready for `inject` or `listen`. */
export async function createHttpFixture(overrides: FixtureOverrides = {}): Promise<HttpFixture> {
  const {
    access,
    forgetReport,
    devices = [],
    unknown = [],
    models = [],
    candidates = [],
    recordings = [],
    ingestResult,
    ingest,
    refuse,
    logLevel = 'trace',
    health,
    webhooks: _webhooks,
    alertRules: _alertRules,
    openAlerts: _openAlerts,
    feedCapacityEvents = 100,
    ...options
  } = overrides;
  const store = createMemoryStore();
  const placements = new Map<DeviceId, StatedPlacement>();
  const log: string[] = [];
  const seen: Pick<
    HttpFixture,
    'pushed' | 'refused' | 'liveClients' | 'answered' | 'failures' | 'refusedAccess' | 'forgotten'
  > = {
    pushed: [],
    refused: [],
    liveClients: [],
    answered: [],
    failures: [],
    refusedAccess: [],
    forgotten: [],
  };
  const liveFeed = createLiveFeed({ epoch: 1000, capacityEvents: feedCapacityEvents });
  const app = await createHttpApp(
    { version: '1.2.3', ...options },
    {
      clock: { nowMs: () => NOW_MS },
      logger: pino({ level: logLevel }, { write: (line: string) => void log.push(line) }),
      events: {
        liveClientJoined: () => void seen.liveClients.push('joined'),
        liveClientLeft: (reason) => void seen.liveClients.push(reason),
        httpAnswered: ({ method, route, status }) => void seen.answered.push({ method, route, status }),
        accessRefused: (refusal) => void seen.refusedAccess.push(refusal),
        httpFailed: (_requestId, error) => void seen.failures.push(error),
        rowLeftOut: (_route, error) => void seen.failures.push(error),
      },
      access: access ?? openAccess(),
      store,
      devices: {
        list: () =>
          Promise.resolve({ devices: devices.map((info) => ({ info, unknown })), isComplete: true }),
        get: (id) => {
          const info = devices.find((device) => device.id === id);
          return Promise.resolve(info && { info, unknown });
        },
      },
      unknownOf: () => unknown,
      placements: {
        of: (device) => placements.get(device) ?? 'assumed',
        say: (device, placement) => {
          if (placement === undefined) placements.delete(device);
          else placements.set(device, placement);
          return Promise.resolve();
        },
      },
      reasonDuring: (_device, _target, range) => overrides.reasonDuring?.(range),
      models: () => models,
      images: overrides.images ?? NO_IMAGES,
      candidates: () => candidates,
      recordings: () => Promise.resolve(recordings),
      isRecorded: (device) => recordings.some(({ header }) => header.device === device),
      tensors: overrides.tensors ?? NO_TENSORS,
      similar: {
        find: () => Promise.reject(new GatewayError('NOT_FOUND', 'There is no index')),
        findWorn: () => Promise.reject(new GatewayError('NOT_FOUND', 'There is no index')),
      },
      ledger: overrides.ledger ?? createLedger(() => 0).snapshot,
      health: () => health ?? { ready: true, parts: [] },
      liveFeed,
      metrics: overrides.metrics ?? new Registry(),
      ingest: (message) => {
        if (ingest !== undefined) return ingest(message);
        seen.pushed.push(message);
        return Promise.resolve(ingestResult ?? acceptedResult());
      },
      refuse: refuse ?? ((reason, topic, detail) => void seen.refused.push({ reason, topic, detail })),
      pairing: overrides.pairing ?? closedPairing,
      upgradeToMqtt: overrides.upgradeToMqtt,
      forget: (device) => {
        seen.forgotten.push(device);
        if (forgetReport === null) return Promise.resolve(undefined);
        return Promise.resolve(
          forgetReport ?? { device, removed: true, parts: [{ name: 'results', removed: true, detail: '' }] },
        );
      },
      webhooks: overrides.webhooks ?? noWebhooks,
      apparelTimeline: () => Promise.resolve(overrides.apparelIntervals ?? []),
      alertRules: overrides.alertRules ?? noAlertRules,
      openAlerts: overrides.openAlerts ?? (() => Promise.resolve({ alerts: [], isComplete: true })),
      company: { ...noCompany, ...overrides.company },
      buildTimeline: (points, range) => buildTimeline(points, range, { silenceMs: 60_000 }),
    },
  );
  return {
    app,
    store,
    log,
    ...seen,
    publish: liveFeed.publish,
    [Symbol.asyncDispose]: () => app.close(),
  };
}

const noCompany: Company = {
  isEnabled: false,
  choiceOf: () => ({ isEnabled: false, takesPart: undefined }),
  choose: () => Promise.resolve(),
  whyNot: () => undefined,
  intervals: () => Promise.resolve([]),
  reasonFor: () => Promise.resolve({ reason: undefined, isComplete: true }),
  groupsNow: () => Promise.resolve({ groups: [], isComplete: true }),
  groupsAt: () => Promise.resolve([]),
};

export function acceptedResult(
  overrides: Partial<Extract<IngestResult, { kind: 'accepted' }>> = {},
): IngestResult {
  return {
    kind: 'accepted',
    device: PHONE,
    isTest: false,
    usableEntries: 3,
    ignoredSensors: [],
    samples: undefined,
    areLabelsKept: false,
    ...overrides,
  };
}

export function deviceInfo(overrides: Partial<DeviceInfo> = {}): DeviceInfo {
  return {
    id: PHONE,
    online: true,
    lastSeenMs: NOW_MS - 500,
    statuses: [{ target: 'accompanied', status: 'yes', confidence: 0.9, sinceMs: NOW_MS - 60_000 }],
    sensors: [{ sensor: 'accelerometer', samples: 50, rateHz: 50 }],
    delivery: { messages: 1, missing: 0, duplicates: 0, reordered: 0 },
    samples: {
      used: 50,
      late: 0,
      future: 0,
      past: 0,
      duplicate: 0,
      invalid: 0,
      'too-fast': 0,
      overflow: 0,
    },
    clock: { kind: 'epoch', offsetMs: 12, driftPpm: 0 },
    platform: { name: 'android', from: 'detected' },
    ...overrides,
  };
}

export function storedWindow(overrides: Partial<StoredWindow> = {}): StoredWindow {
  const endMs = overrides.endMs ?? NOW_MS - 1000;
  return {
    device: PHONE,
    model: 'accompany-demo',
    startMs: endMs - 2560,
    endMs,
    coverage: 0.98,
    meanDeltaMs: 2.5,
    maxDeltaMs: 9.75,
    probabilities: { accompanied: 0.91, conversation: 0.12 },
    ...overrides,
  };
}

export function sequenceModel(overrides: Partial<SequenceManifest> = {}): SequenceManifest {
  return {
    name: 'accompany-demo',
    version: '1',
    kind: 'sequence',
    placement: 'any',
    file: 'model.onnx',
    sha256: '0'.repeat(64),
    provenance: { data: 'simulated', licence: 'Apache-2.0', protocol: 'none', metrics: {} },
    input: 'input',
    channels: ['accelerometer.x'],
    gravity: 'any',
    accelerometerUnit: 'm/s2',
    samplingRateHz: 50,
    sizeSamples: 128,
    strideSamples: 64,
    centre: 'none',
    mean: [0],
    std: [1],
    targets: [
      { name: 'accompanied', output: 'accompanied', classes: ['no', 'yes'], threshold: 0.5 },
      { name: 'conversation', output: 'conversation', classes: ['no', 'yes'], threshold: 0.5 },
    ],
    ...overrides,
  };
}

export interface MemoryStore extends Store {
  readonly windowList: StoredWindow[];
  readonly statusList: StatusPoint[];
  readonly companyList: CompanyPoint[];
  /** When set, every call fails with it. */
  failure: Error | undefined;
}

/** The store port over arrays in the order of time. */
export function createMemoryStore(): MemoryStore {
  const windowList: StoredWindow[] = [];
  const statusList: StatusPoint[] = [];
  const companyList: CompanyPoint[] = [];
  const answer = <T>(read: () => T): Promise<T> =>
    store.failure === undefined ? Promise.resolve(read()) : Promise.reject(store.failure);
  const store: MemoryStore = {
    windowList,
    statusList,
    companyList,
    failure: undefined,
    write: () => Promise.reject(new Error('the HTTP layer writes nothing')),
    windows: (device, { fromMs, toMs }, limit) =>
      answer(() =>
        windowList
          .filter((window) => window.device === device && window.endMs >= fromMs && window.endMs < toMs)
          .slice(0, limit),
      ),
    statuses: (device, target, { fromMs, toMs }) =>
      answer(() => {
        const all = statusList.filter((point) => point.device === device && point.target === target);
        const before = all.filter((point) => point.atMs < fromMs).slice(-1);
        return [...before, ...all.filter((point) => point.atMs >= fromMs && point.atMs < toMs)];
      }),
    apparel: () => answer(() => []),
    company: (device, { toMs }) =>
      answer(() => companyList.filter((point) => point.device === device && point.sinceMs < toMs)),
    devices: () =>
      answer(() => {
        const all = [...windowList, ...statusList, ...companyList].map(({ device }) => device);
        return [...new Set(all)].sort();
      }),
    forget: () => answer(() => undefined),
    expire: () => answer(() => undefined),
    ping: () => answer(() => undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return store;
}
