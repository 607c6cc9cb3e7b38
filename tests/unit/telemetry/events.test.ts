import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/shared/errors.js';
import { createEvents, type Events } from '../../../src/telemetry/events.js';
import { createLedger, type Ledger } from '../../../src/telemetry/ledger.js';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.js';

interface Setup {
  readonly events: Events;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly lines: Record<string, unknown>[];
  setNow(nowMs: number): void;
}

function setUp(): Setup {
  let nowMs = 0;
  const lines: Record<string, unknown>[] = [];
  const ledger = createLedger(() => 0);
  const metrics = createMetrics({ ledger: ledger.snapshot, queues: () => ({}) });
  const logger = pino(
    { level: 'trace', base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const events = createEvents({ logger, metrics, ledger, clock: { nowMs: () => nowMs } });
  const setNow = (value: number): void => {
    nowMs = value;
  };
  return { events, ledger, metrics, lines, setNow };
}

const WARN = 40;
const DEBUG = 20;

describe(createEvents, () => {
  it('counts every rejected message and logs one a minute and reason', () => {
    const { events, ledger, lines, setNow } = setUp();
    const rejection = { reason: 'not-json', topic: 'sensor-logger', detail: 'unexpected end' } as const;
    for (let index = 0; index < 1000; index++) {
      events.messageReceived();
      events.messageRejected(rejection);
    }
    events.messageReceived();
    events.messageRejected({ ...rejection, reason: 'bad-device' });
    setNow(60_000);
    events.messageReceived();
    events.messageRejected(rejection);
    expect(ledger.snapshot()).toMatchObject({
      balanced: true,
      messages: { received: 1002, rejected: { 'not-json': 1001, 'bad-device': 1 } },
    });
    const fields = { level: WARN, topic: 'sensor-logger', detail: 'unexpected end', msg: 'message rejected' };
    expect(lines).toEqual([
      { ...fields, reason: 'not-json' },
      { ...fields, reason: 'bad-device' },
      { ...fields, reason: 'not-json', heldBack: 999 },
    ]);
  });

  it('writes one short line whatever a topic or detail holds', () => {
    const { events, lines } = setUp();
    const topic = `a\n{"level":60,"msg":"forged"}${'x'.repeat(100_000)}`;
    events.messageRejected({ reason: 'wrong-topic', topic, detail: 'y'.repeat(100_000) });
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(600);
  });

  it('passes samples, windows and ignored sensors to the ledger', () => {
    const { events, ledger } = setUp();
    events.messageReceived();
    events.messageAccepted();
    events.samplesAccepted(10);
    events.samplesSettled('used', 10);
    events.sensorIgnored('barometer', 4);
    events.windowsDue(2);
    events.windowStored(120);
    events.windowsSkipped('low-coverage', 1);
    expect(ledger.snapshot()).toMatchObject({
      balanced: true,
      messages: { received: 1, accepted: 1 },
      samples: { accepted: 10, used: 10 },
      windows: { due: 2, stored: 1, skipped: { 'low-coverage': 1 } },
      ignoredSensors: { barometer: 4 },
    });
  });

  it('measures in seconds what it is told in milliseconds', async () => {
    const { events, metrics } = setUp();
    events.windowStored(250);
    events.windowStored(undefined);
    events.inferenceRun('demo', 8, 4);
    events.storeWritten(20);
    events.httpAnswered({ method: 'GET', route: '/v1/devices', status: 200, durationMs: 5 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('alongside_result_latency_seconds_sum 0.25\n');
    expect(text).toContain('alongside_result_latency_seconds_count 1\n');
    expect(text).toContain('alongside_inference_batch_windows_sum{model="demo"} 8\n');
    expect(text).toContain('alongside_inference_duration_seconds_sum{model="demo"} 0.004\n');
    expect(text).toContain('alongside_store_write_duration_seconds_sum{outcome="written"} 0.02\n');
    expect(text).toContain(
      'alongside_http_request_duration_seconds_count{method="GET",route="/v1/devices",status="200"} 1\n',
    );
  });

  it('logs outages once a minute and low coverage not at all', () => {
    const { events, lines } = setUp();
    const down = new GatewayError('STORE_UNAVAILABLE', 'connection refused', { retryable: true });
    for (let index = 0; index < 100; index++) events.storeFailed(3, down);
    for (let index = 0; index < 100; index++) events.windowsSkipped('low-coverage', 1);
    events.windowsSkipped('queue-full', 5);
    expect(lines.map(({ msg }) => msg)).toEqual(['the store could not be written', 'windows skipped']);
  });

  it('counts every lost inference worker and says why one a minute was', async () => {
    const { events, metrics, lines } = setUp();
    const loss = { message: 'inference worker ended with code 7', restartInMs: 100 };
    events.inferenceWorkerLost(loss);
    events.inferenceWorkerLost(loss);
    expect(await metrics.registry.metrics()).toContain('alongside_inference_workers_lost_total 2\n');
    expect(lines).toEqual([
      { level: WARN, error: loss.message, restartInMs: 100, msg: 'inference worker lost; it is replaced' },
    ]);
  });

  it('says in one debug line why a model has no faster engine', () => {
    const { events, lines } = setUp();
    events.fasterEngineNotUsed('mine', ['tensorflow: it is not installed']);
    expect(lines).toEqual([
      {
        level: DEBUG,
        model: 'mine',
        reasons: ['tensorflow: it is not installed'],
        msg: 'no faster engine for the model',
      },
    ]);
  });

  it('follows live clients as they come and go', async () => {
    const { events, metrics, lines } = setUp();
    events.liveClientJoined();
    events.liveClientJoined();
    events.liveClientJoined();
    events.liveClientLeft('left');
    events.liveClientLeft('too-slow');
    const text = await metrics.registry.metrics();
    expect(text).toContain('alongside_live_clients 1\n');
    expect(text).toContain('alongside_live_clients_left_total{reason="too-slow"} 1\n');
    expect(lines).toHaveLength(1);
  });
});
