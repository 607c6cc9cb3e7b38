import type { DeviceId } from '../domain/ids.js';
import { COURSE_MS } from './course.js';
import type { PairState } from './pair-tracker.js';
import { HISTORY_SECONDS, SECOND_MS, type SignatureHistory } from './signature-history.js';

/** Devices whose rows come so much later than others' find them as they were also after a restart, milliseconds. */
const LATE_MS = 60_000;

/** How far an engine has come, to go on from where the signatures are remembered elsewhere; plain. */
export interface CompanyProgress {
  /** The second for which pairs were being compared, epoch milliseconds; `undefined` between two. */
  readonly comparingMs?: number | undefined;
  readonly devices: readonly { readonly device: DeviceId; readonly reachedMs: number }[];
  readonly pairs: readonly {
    readonly first: DeviceId;
    readonly second: DeviceId;
    readonly state: PairState;
    /** When the two moved alike last. */
    readonly alikeMs: number;
    /** When the one was last seen to send what the other sends; `null`, or nothing, where it never was. */
    readonly copiedMs?: number | null;
  }[];
}

/** Everything that an engine knows, as kept over a restart; plain. */
export interface CompanyState extends CompanyProgress {
  readonly devices: readonly DeviceState[];
}

export interface DeviceState {
  readonly device: DeviceId;
  readonly newestMs: number;
  readonly reachedMs: number;
  /** Its signatures of the seconds up to the newest, oldest first. */
  readonly rows: Float32Array;
}

/** What is kept of devices: of each the signatures that those need which are a little late. */
export function deviceStatesOf(
  devices: readonly {
    readonly id: DeviceId;
    readonly history: SignatureHistory;
    readonly reachedMs: number;
  }[],
): DeviceState[] {
  const keptMs = keptFromMs(devices.map(({ reachedMs }) => reachedMs));
  return devices.map(({ id: device, history, reachedMs }) => {
    const { newestMs } = history;
    const neededMs = newestMs - Math.min(newestMs, keptMs) + COURSE_MS;
    const seconds = Math.min(HISTORY_SECONDS, neededMs / SECOND_MS);
    return { device, newestMs, reachedMs, rows: history.before(newestMs, seconds) };
  });
}

/** From where on rows of all devices are needed: devices that are a little late will be laid beside them. */
function keptFromMs(reached: readonly number[]): number {
  const lateMs = reached.reduce((most, each) => Math.max(most, each), -Infinity) - LATE_MS;
  return reached.reduce((least, each) => (each >= lateMs ? Math.min(least, each) : least), Infinity);
}
