import { describe, expect, it } from 'vitest';
import { createLedger } from '../../../src/telemetry/ledger.js';
import type { MetricSources } from '../../../src/telemetry/metrics.js';
import { createMetrics } from '../../../src/telemetry/metrics.js';

const emptySources: MetricSources = { ledger: createLedger(() => 0).snapshot, queues: () => ({}) };

describe(createMetrics, () => {
  it('shows the ledger as it is at each scrape', async () => {
    const ledger = createLedger(() => 4);
    const { registry } = createMetrics({ ledger: ledger.snapshot, queues: () => ({ inference: 7 }) });
    ledger.messageReceived();
    ledger.messageReceived();
    ledger.messageRejected('not-json');
    ledger.samplesSettled('late', 3);
    ledger.windowsDue(6);
    ledger.windowsSkipped('store-refused', 2);
    await registry.metrics();
    ledger.messageReceived();
    ledger.samplesSettled('late', 2);
    const text = await registry.metrics();
    for (const line of [
      'alongside_messages_received_total 3',
      'alongside_messages_accepted_total 0',
      'alongside_messages_rejected_total{reason="not-json"} 1',
      'alongside_messages_rejected_total{reason="bad-device"} 0',
      'alongside_samples_total{fate="late"} 5',
      'alongside_samples_total{fate="used"} 0',
      'alongside_windows_due_total 6',
      'alongside_windows_stored_total 0',
      'alongside_windows_skipped_total{reason="store-refused"} 2',
      'alongside_windows_pending 4',
      'alongside_queue_length{queue="inference"} 7',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('names metrics as Prometheus asks: help, `_total` for counters and only for them, base units', async () => {
    const { registry } = createMetrics(emptySources);
    const metrics = await registry.getMetricsAsJSON();
    const types = new Map(metrics.map(({ name, type }) => [name, String(type)]));
    for (const { name, help } of metrics) expect(help, name).not.toBe('');
    for (const [name, type] of types) expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect([...types.keys()].filter((name) => /milli|_ms\b|micro|nano|kilo|mega/.test(name))).toEqual([]);
    expect([...types.keys()]).toContain('nodejs_eventloop_lag_p99_seconds');
    expect([...types.keys()]).toContain('process_resident_memory_bytes');
  });

  it('labels by closed lists, never by device', async () => {
    const { registry } = createMetrics(emptySources);
    const labels = (await registry.getMetricsAsJSON())
      .filter(({ name }) => name.startsWith('alongside_'))
      .flatMap(({ values }) => values.flatMap((value) => Object.keys(value.labels)));
    expect([...new Set(labels)].filter((label) => /device|id/.test(label))).toEqual([]);
  });

  it('keeps registries apart', async () => {
    const first = createMetrics(emptySources);
    const second = createMetrics(emptySources);
    first.liveClients.inc();
    expect(await second.registry.metrics()).toContain('alongside_live_clients 0\n');
  });
});
