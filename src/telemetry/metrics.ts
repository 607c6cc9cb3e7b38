import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { LedgerSnapshot } from '../domain/ledger.js';
import { registerLedger } from './ledger-metrics.js';
import { createNotificationMetrics, type NotificationMetrics } from './notification-metrics.js';

/** What is read when Prometheus asks, so that the data path counts everything once, in the ledger. */
export interface MetricSources {
  readonly ledger: () => LedgerSnapshot;
  /** Length of each queue by its name, in the queue's own items. */
  readonly queues: () => Readonly<Record<string, number>>;
}

/** The gateway's metrics that are written as things happen. Labels come from closed lists; none names a device. */
export interface Metrics extends NotificationMetrics {
  readonly registry: Registry;
  /** Windows inferred in one run of a model. */
  readonly inferenceBatchWindows: Histogram<'model'>;
  readonly inferenceSeconds: Histogram<'model'>;
  /** Threads that ended unexpectedly while they ran models. */
  readonly inferenceWorkersLost: Counter;
  /** Time that a picture takes in each step, waiting included. */
  readonly imageSeconds: Histogram<'step'>;
  /** From the arrival of the message that completed a window to its stored result. */
  readonly resultLatencySeconds: Histogram;
  readonly storeWriteSeconds: Histogram<'outcome'>;
  /** Results that wait on the disk for the store. */
  readonly outboxPoints: Gauge;
  readonly outboxBytes: Gauge;
  /** Results that went from the disk without having been written. */
  readonly outboxExpired: Counter<'reason'>;
  /** Results that the store refused and that lie among the dead letters. */
  readonly deadLetters: Counter;
  /** Dead letters deleted to make room for others. */
  readonly deadLettersDeleted: Counter;
  /** Samples that were to be recorded, by what became of them. */
  readonly recordedSamples: Counter<'fate'>;
  readonly labels: Counter<'outcome'>;
  readonly recordingBytes: Gauge;
  readonly liveClients: Gauge;
  readonly liveClientsLeft: Counter<'reason'>;
  readonly httpRequestSeconds: Histogram<'method' | 'route' | 'status'>;
}

/** Gauges of prom-client that end in `_total`, which Prometheus keeps for counters. */
const MISNAMED_DEFAULTS = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * The loop is woken so often to see how late it is, and that is the least lag that is told. At the library's 10 ms it was most of what
 * an idle gateway did.
 */
const LAG_PRECISION_MS = 100;

/**
 * Creates a registry with every metric of the gateway and those of its process (CPU, memory, event loop lag).
 * Names follow https://prometheus.io/docs/practices/naming/: prefix, base unit, `_total` for counters.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  for (const name of MISNAMED_DEFAULTS) registry.removeSingleMetric(name);
  registerLedger(registry, sources.ledger);
  registerQueueLengths(registry, sources.queues);
  return {
    registry,
    ...createPipelineMetrics(registry),
    ...createOutboxMetrics(registry),
    ...createRecordingMetrics(registry),
    ...createServingMetrics(registry),
    ...createNotificationMetrics(registry),
  };
}

type PipelineMetrics = Pick<
  Metrics,
  | 'inferenceBatchWindows'
  | 'inferenceSeconds'
  | 'inferenceWorkersLost'
  | 'imageSeconds'
  | 'resultLatencySeconds'
  | 'storeWriteSeconds'
>;

function createPipelineMetrics(registry: Registry): PipelineMetrics {
  const registers = [registry];
  return {
    inferenceBatchWindows: new Histogram({
      name: 'alongside_inference_batch_windows',
      help: 'Windows or pictures inferred together in one run of a model',
      labelNames: ['model'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    }),
    inferenceSeconds: new Histogram({
      name: 'alongside_inference_duration_seconds',
      help: 'Duration of one run of a model on a batch of windows or pictures',
      labelNames: ['model'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    inferenceWorkersLost: new Counter({
      name: 'alongside_inference_workers_lost_total',
      help: 'Threads that ended unexpectedly while they ran models',
      registers,
    }),
    imageSeconds: new Histogram({
      name: 'alongside_image_duration_seconds',
      help: 'Time that a picture takes in each step, waiting included',
      labelNames: ['step'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    resultLatencySeconds: new Histogram({
      name: 'alongside_result_latency_seconds',
      help: 'From the arrival of the message that completed a window to its stored result',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10],
      registers,
    }),
    storeWriteSeconds: new Histogram({
      name: 'alongside_store_write_duration_seconds',
      help: 'Duration of one write of a batch of results to the store',
      labelNames: ['outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
  };
}

type RecordingMetrics = Pick<Metrics, 'recordedSamples' | 'labels' | 'recordingBytes'>;

function createRecordingMetrics(registry: Registry): RecordingMetrics {
  const registers = [registry];
  return {
    recordedSamples: new Counter({
      name: 'alongside_recorded_samples_total',
      help: 'Samples that were to be recorded, by what became of them',
      labelNames: ['fate'],
      registers,
    }),
    labels: new Counter({
      name: 'alongside_labels_total',
      help: 'Labels that people gave, by whether a recording has them',
      labelNames: ['outcome'],
      registers,
    }),
    recordingBytes: new Gauge({
      name: 'alongside_recordings_bytes',
      help: 'Size of all recordings',
      registers,
    }),
  };
}

type OutboxMetrics = Pick<
  Metrics,
  'outboxPoints' | 'outboxBytes' | 'outboxExpired' | 'deadLetters' | 'deadLettersDeleted'
>;

function createOutboxMetrics(registry: Registry): OutboxMetrics {
  const registers = [registry];
  return {
    outboxPoints: new Gauge({
      name: 'alongside_outbox_points',
      help: 'Results that wait on the disk for the store',
      registers,
    }),
    outboxBytes: new Gauge({
      name: 'alongside_outbox_bytes',
      help: 'Size of the results that wait on the disk for the store, as its limit counts it',
      registers,
    }),
    outboxExpired: new Counter({
      name: 'alongside_outbox_expired_points_total',
      help: 'Results that were deleted from the disk before they were written, by reason',
      labelNames: ['reason'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'alongside_dead_letters_total',
      help: 'Results that the store refused and that were put among the dead letters',
      registers,
    }),
    deadLettersDeleted: new Counter({
      name: 'alongside_dead_letters_deleted_total',
      help: 'Dead letters deleted to make room for others',
      registers,
    }),
  };
}

type ServingMetrics = Pick<Metrics, 'liveClients' | 'liveClientsLeft' | 'httpRequestSeconds'>;

function createServingMetrics(registry: Registry): ServingMetrics {
  const registers = [registry];
  return {
    liveClients: new Gauge({
      name: 'alongside_live_clients',
      help: 'Clients that listen to live events now',
      registers,
    }),
    liveClientsLeft: new Counter({
      name: 'alongside_live_clients_left_total',
      help: 'Clients that stopped listening to live events, by reason',
      labelNames: ['reason'],
      registers,
    }),
    httpRequestSeconds: new Histogram({
      name: 'alongside_http_request_duration_seconds',
      help: 'Duration of HTTP requests, without live event streams',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
  };
}

function registerQueueLengths(registry: Registry, queues: () => Readonly<Record<string, number>>): void {
  new Gauge({
    name: 'alongside_queue_length',
    help: 'Items waiting in each queue',
    labelNames: ['queue'],
    registers: [registry],
    collect() {
      for (const [queue, length] of Object.entries(queues())) this.set({ queue }, length);
    },
  });
}
