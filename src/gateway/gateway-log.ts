import type { Histogram } from 'prom-client';
import type { Config } from '../config/schema.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { Clock } from '../shared/clock.js';
import { every } from '../shared/lifetime.js';
import { gatewayPoint } from '../storage/influx/influx-gateway-point.js';
import { bucketsOf, type CumulativeBuckets, countedSince, quantileMs } from '../telemetry/latency.js';
import { influxLogin } from './open-resources.js';

export interface GatewayLogParts {
  readonly clock: Clock;
  readonly ledger: () => LedgerSnapshot;
  /** Seconds from the message that completed a window to its stored result. */
  readonly latency: Histogram;
}

const PERIOD_MS = 10_000;
const REQUEST_TIMEOUT_MS = 5000;

/**
 * Writes down in InfluxDB how the gateway does, where results go there. What cannot be written is left out.
 */
export async function startGatewayLog(config: Config, parts: GatewayLogParts): Promise<AsyncDisposable> {
  if (config.store.type !== 'influxdb') return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const { createInfluxClient } = await import('../storage/influx/influx-client.js');
  const { influx, close } = createInfluxClient({
    ...(await influxLogin(config)),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  let before: CumulativeBuckets = [];
  const write = async (): Promise<void> => {
    const now = await bucketsOf(parts.latency);
    const recent = countedSince(before, now);
    before = now;
    const [latencyP50Ms, latencyP99Ms] = [0.5, 0.99].map((quantile) => quantileMs(recent, quantile));
    const point = gatewayPoint({ ledger: parts.ledger(), latencyP50Ms, latencyP99Ms });
    const timestamp = new Date(parts.clock.nowMs());
    await influx.writePoints([{ ...point, timestamp }], { precision: 'ms' });
  };
  // The sink of the results says when InfluxDB is away.
  const writing = every(PERIOD_MS, write, { onFailed: () => undefined });
  return {
    [Symbol.asyncDispose]: async () => {
      await writing[Symbol.asyncDispose]();
      close();
    },
  };
}
