import type { IPoint } from 'influx';
import type { ApparelPoint, CompanyPoint, StatusPoint, StoredWindow } from '../../domain/store.js';
import { toMicroseconds } from '../points.js';

/**
 * Names that InfluxDB would drop or mix up with our own columns: `time` as a field is silently ignored, and a field named
 * like a tag answers as `device_1`.
 */
export const OWN_COLUMNS = [
  'time',
  'device',
  'model',
  'target',
  'label',
  'start_ms',
  'coverage',
  'mean_delta_ms',
  'max_delta_ms',
  'token',
] as const;

const ENCODED = /%([0-9A-F]{2})/g;

/**
 * Makes any name safe as a tag value or field key of the line protocol, which has no way to write a line break and takes a
 * backslash before a separator for an escape. Ordinary names stay as they are.
 */
export function encodeName(name: string): string {
  if (isOwnColumn(name)) return percent(name.charAt(0)) + name.slice(1);
  return Array.from(name, (character) => (needsEncoding(character) ? percent(character) : character)).join(
    '',
  );
}

/** Inverse of {@link encodeName}. */
export function decodeName(text: string): string {
  return text.replace(ENCODED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isOwnColumn(name: string): boolean {
  return OWN_COLUMNS.some((column) => column === name);
}

/** Control characters, the backslash, and the percent sign itself. */
function needsEncoding(character: string): boolean {
  return character < ' ' || character === '\x7f' || character === '\\' || character === '%';
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** Measurements of InfluxDB. Tags, fields: DESIGN, "Storage". */
export const MEASUREMENTS = {
  windows: 'presence_window',
  statuses: 'presence_status',
  apparel: 'apparel',
  company: 'presence_company',
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
      ...(window.token === undefined ? {} : { token: window.token }),
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
    fields: {
      probability: point.probability,
      ...(point.model === undefined ? {} : { image_model: point.model }),
      ...(point.people === undefined ? {} : { people: point.people.join(' ') }),
    },
    timestamp: timestamp(point.atMs),
  };
}

export function companyPoint(point: CompanyPoint): IPoint {
  return {
    measurement: MEASUREMENTS.company,
    tags: { device: point.device, with: point.with },
    fields: { status: point.status, probability: point.probability },
    timestamp: timestamp(point.sinceMs),
  };
}

function timestamp(timeMs: number): string {
  return String(toMicroseconds(timeMs));
}
