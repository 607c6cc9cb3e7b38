import { type DeviceId, parseDeviceId } from '../../src/domain/ids.js';
import type { StatusUpdate } from '../../src/domain/status.js';
import {
  type ApparelPoint,
  type CompanyPoint,
  NO_RESULTS,
  type ResultBatch,
  type Results,
  type StatusPoint,
  type StoredWindow,
} from '../../src/domain/store.js';

/** A checked device name; throws where the test's own name breaks the rule. */
export function deviceId(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined) throw new Error(`${text} is no device name`);
  return device;
}

export const PHONE = deviceId('phone-1');

export function makeWindow(overrides: Partial<StoredWindow> = {}): StoredWindow {
  return {
    device: PHONE,
    model: 'accompany-demo',
    startMs: 1_700_000_000_000,
    endMs: 1_700_000_002_560,
    coverage: 0.98,
    meanDeltaMs: 3.25,
    maxDeltaMs: 11.5,
    probabilities: { accompanied: 0.91, conversation: 0.27 },
    ...overrides,
  };
}

export function makeStatus(overrides: Partial<StatusPoint> = {}): StatusPoint {
  return {
    device: PHONE,
    target: 'accompanied',
    atMs: 1_700_000_002_560,
    status: 'yes',
    confidence: 0.88,
    ...overrides,
  };
}

export function makeApparel(overrides: Partial<ApparelPoint> = {}): ApparelPoint {
  return { device: PHONE, label: 'dress', atMs: 1_700_000_002_560, probability: 0.7, ...overrides };
}

export function makeCompany(overrides: Partial<CompanyPoint> = {}): CompanyPoint {
  return {
    device: PHONE,
    with: deviceId('phone-2'),
    sinceMs: 1_700_000_002_560,
    status: 'together',
    probability: 0.97,
    ...overrides,
  };
}

export function makeBatch(overrides: Partial<ResultBatch> = {}): ResultBatch {
  return { ...NO_RESULTS, ...overrides };
}

export function makeUpdate(overrides: Partial<StatusUpdate> = {}): StatusUpdate {
  const point = makeStatus();
  return { ...point, id: 'id', sinceMs: point.atMs, kind: 'change', ...overrides };
}

export function makeResults(overrides: Partial<Results> = {}): Results {
  return { ...NO_RESULTS, ...overrides };
}
