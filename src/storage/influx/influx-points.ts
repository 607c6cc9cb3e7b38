import type { IPoint } from 'influx';
import type { ApparelPoint, StatusPoint, StoredWindow } from '../../domain/store.js';
import { encodeName } from '../../sinks/influx-names.js';
import { toMicroseconds } from '../storable-points.js';

/** Measurements of InfluxDB. Tags, fields: DESIGN, "Storage". */
export const MEASUREMENTS = {
  windows: 'presence_window',
  statuses: 'presence_status',
  apparel: 'apparel',
} as const;

/** Time stamps are written and read in microseconds: as text they keep three decimals of a millisecond. */
export const PRECISION = 'u';

export function windowPoint(window: StoredWindow): IPoint {
  return {
    measurement: MEASUREMENTS.windows,
    tags: { device: window.device, model: encodeName(window.model) },
    fields: {
      start_ms: window.startMs,
      coverage: window.coverage,
      mean_delta_ms: window.meanDeltaMs,
      max_delta_ms: window.maxDeltaMs,
      ...Object.fromEntries(
        Object.entries(window.probabilities).map(([name, value]) => [encodeName(name), value]),
      ),
    },
    timestamp: timestamp(window.endMs),
  };
}

export function statusPoint(point: StatusPoint): IPoint {
  return {
    measurement: MEASUREMENTS.statuses,
    tags: { device: point.device, target: encodeName(point.target) },
    fields: { status: point.status, confidence: point.confidence },
    timestamp: timestamp(point.atMs),
  };
}

export function apparelPoint(point: ApparelPoint): IPoint {
  return {
    measurement: MEASUREMENTS.apparel,
    tags: { device: point.device, label: encodeName(point.label) },
    fields: { probability: point.probability },
    timestamp: timestamp(point.atMs),
  };
}

function timestamp(timeMs: number): string {
  return String(toMicroseconds(timeMs));
}
