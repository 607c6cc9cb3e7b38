import type { DeviceId } from '../../src/domain/ids.js';
import type { RecordedFate } from '../../src/domain/ledger.js';
import type { SampleBlock, SensorKind } from '../../src/domain/samples.js';
import { Recorder, type RecorderOptions } from '../../src/recordings/recorder.js';
import { deviceId } from './sensor-messages.js';

export const PHONE = deviceId('phone');

/** 2026-01-31T12:00:00Z */
export const BEGIN_MS = Date.UTC(2026, 0, 31, 12);

export interface RecorderWorld {
  readonly fates: Partial<Record<RecordedFate, number>>;
  readonly labels: string[];
  readonly failures: unknown[];
  readonly full: number[];
  readonly options: RecorderOptions;
  open(nowMs?: number): Promise<Recorder>;
}

/** A recorder in a folder, and what it reports. */
export function recorderWorld(folder: string, overrides: Partial<RecorderOptions> = {}): RecorderWorld {
  const fates: Partial<Record<RecordedFate, number>> = {};
  const labels: string[] = [];
  const failures: unknown[] = [];
  const full: number[] = [];
  const options: RecorderOptions = {
    folder,
    isRecorded: () => true,
    subjectOf: (device: DeviceId) => `wearer of ${device}`,
    holdMs: 1000,
    silenceMs: 60_000,
    maxSpanMs: 3_600_000,
    openLabelMs: 600_000,
    maxBytes: 10_000_000,
    hooks: {
      onSamples: (fate, count) => {
        fates[fate] = (fates[fate] ?? 0) + count;
      },
      onLabel: (outcome) => void labels.push(outcome),
      onBegun: () => undefined,
      onEnded: () => undefined,
      onFailed: (error) => void failures.push(error),
      onFull: (bytes) => void full.push(bytes),
    },
    ...overrides,
  };
  const open = (nowMs = BEGIN_MS): Promise<Recorder> => Recorder.open(options, nowMs);
  return { fates, labels, failures, full, options, open };
}

/** `count` samples every 20 ms from a time on; x tells the time since `BEGIN_MS` in seconds. */
export function block(fromMs: number, count: number, sensor: SensorKind = 'accelerometer'): SampleBlock {
  const timesMs = Float64Array.from({ length: count }, (_, index) => fromMs + index * 20);
  const values = Float32Array.from(timesMs, (timeMs) => (timeMs - BEGIN_MS) / 1000);
  return { sensor, timesMs, values: Float32Array.from([...values].flatMap((value) => [value, 1, -1])) };
}
