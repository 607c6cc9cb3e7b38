import type { IPoint } from 'influx';
import type { LedgerSnapshot } from '../../domain/ledger.js';

/** How the gateway itself does, for dashboards that ask InfluxDB only. */
export interface GatewayFigures {
  readonly ledger: LedgerSnapshot;
  /** From the message that completed a window to its stored result, milliseconds; `undefined` where nothing was stored. */
  readonly latencyP50Ms: number | undefined;
  readonly latencyP99Ms: number | undefined;
}

export const GATEWAY_MEASUREMENT = 'gateway';

/** Counts since the start of the gateway, as a point of InfluxDB. */
export function gatewayPoint({
  ledger,
  latencyP50Ms,
  latencyP99Ms,
}: GatewayFigures): Omit<IPoint, 'timestamp'> {
  const { messages, samples, windows, balanced } = ledger;
  return {
    measurement: GATEWAY_MEASUREMENT,
    fields: {
      balanced: balanced ? 1 : 0,
      messages_received: messages.received,
      messages_accepted: messages.accepted,
      messages_rejected: sumOf(messages.rejected),
      samples_accepted: samples.accepted,
      windows_due: windows.due,
      windows_stored: windows.stored,
      windows_skipped: sumOf(windows.skipped),
      windows_pending: windows.pending,
      ...(latencyP50Ms === undefined ? {} : { latency_p50_ms: latencyP50Ms }),
      ...(latencyP99Ms === undefined ? {} : { latency_p99_ms: latencyP99Ms }),
    },
  };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
